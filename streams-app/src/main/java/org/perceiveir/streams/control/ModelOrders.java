package org.perceiveir.streams.control;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.avro.ModelAction;
import org.perceiveir.schemas.avro.ModelOrder;
import org.perceiveir.schemas.avro.ModelSlotName;
import org.perceiveir.schemas.avro.ModelState;
import org.perceiveir.schemas.avro.ModelStatus;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.ModelControlSettings;
import org.perceiveir.streams.config.ServiceConfig;

/**
 * Gives orders to all instances of a service and waits for their answers: those of the instances
 * that are members of the service's group when the order is given, and of whoever else answers.
 */
public final class ModelOrders {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final String STATUS_KEY = "STATUS";

  private final ServiceConfig config;

  private ModelOrders(ServiceConfig config) {
    this.config = config;
  }

  /**
   * Orders to the service of a configuration.
   *
   * @throws ConfigurationException if it takes none
   */
  public static ModelOrders of(ServiceConfig config) {
    if (!config.modelControl().isOn()) {
      throw new ConfigurationException(
          ModelControlSettings.DIRECTORY
              + " is missing: the service takes no orders; set it to the directory of the bundles,"
              + " run ./perceive topics create, and restart the instances");
    }
    return new ModelOrders(config);
  }

  /**
   * The slot shall hold a bundle.
   *
   * @param share of the restored frames, above 0 to 1, for the shadow; null for the other slots
   */
  public static ModelOrder load(
      ModelSlotName slot, String name, Optional<String> sha256, @Nullable Double share) {
    return order(ModelAction.LOAD)
        .setSlot(slot)
        .setBundleName(name)
        .setBundleSha256(sha256.orElse(null))
        .setShare(share)
        .build();
  }

  /** The slot shall hold the configuration's bundle again; the shadow shall end. */
  public static ModelOrder unload(ModelSlotName slot) {
    return order(ModelAction.UNLOAD).setSlot(slot).build();
  }

  /** Every instance shall tell what its slots hold. */
  public static ModelOrder status() {
    return order(ModelAction.STATUS).build();
  }

  private static ModelOrder.Builder order(ModelAction action) {
    return ModelOrder.newBuilder()
        .setCommandId(UUID.randomUUID().toString())
        .setAction(action)
        .setIssuedAtMicros(ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()))
        .setIssuer(System.getProperty("user.name", "unknown") + "@" + host());
  }

  /** Name of this machine, as it goes into names of clients: letters, digits, '.', '_', '-'. */
  static String host() {
    try {
      return InetAddress.getLocalHost().getHostName().replaceAll("[^A-Za-z0-9._-]", "-");
    } catch (UnknownHostException e) {
      return "unknown-host";
    }
  }

  /**
   * Gives an order and waits. If an instance refuses it, the order that was in force before is put
   * back, for all instances: the topic is what a new instance obeys, and it must not begin with an
   * order that nobody could carry out.
   *
   * @param timeout longest wait for the answers
   * @return one entry for each instance that lives or has answered, by name
   * @throws org.apache.kafka.common.KafkaException if Kafka does not answer
   */
  public List<InstanceAnswer> send(ModelOrder order, Duration timeout) {
    ModelControlSettings control = config.modelControl();
    Set<ModelSlotName> asked =
        order.getSlot() == null ? Set.of(ModelSlotName.values()) : Set.of(order.getSlot());
    try (CompactedTopic<ModelStatus> answers =
            CompactedTopic.open(config, ModelStatus.class, control.statusTopic());
        RecordWriter<ModelOrder> writer =
            RecordWriter.open(config, ModelOrder.class, control.controlTopic())) {
      answers.skipToEnd();
      ModelSlotName slot = order.getSlot();
      Optional<ModelOrder> before = slot == null ? Optional.empty() : inForce(slot);
      Map<String, Map<ModelSlotName, ModelStatus>> heard = new TreeMap<>();
      LiveInstances.of(config).forEach(live -> heard.put(live, new EnumMap<>(ModelSlotName.class)));
      writer.write(slot == null ? STATUS_KEY : slot.name(), order);
      long end = System.nanoTime() + timeout.toNanos();
      while (!heard.values().stream().allMatch(a -> isComplete(a, asked))
          && System.nanoTime() < end) {
        for (ModelStatus status : answers.poll(POLL)) {
          if (order.getCommandId().equals(status.getCommandId())) {
            heard
                .computeIfAbsent(status.getInstance(), i -> new EnumMap<>(ModelSlotName.class))
                .put(status.getSlot(), status);
          }
        }
      }
      if (slot != null && heard.values().stream().anyMatch(a -> isRefused(a, slot))) {
        takeBack(writer, slot, order, before.orElse(null));
      }
      return heard.entrySet().stream()
          .map(
              instance ->
                  new InstanceAnswer(
                      instance.getKey(),
                      new ArrayList<>(instance.getValue().values()),
                      isComplete(instance.getValue(), asked)))
          .toList();
    }
  }

  /** The last order for a slot. */
  private Optional<ModelOrder> inForce(ModelSlotName slot) {
    try (CompactedTopic<ModelOrder> all =
        CompactedTopic.open(config, ModelOrder.class, config.modelControl().controlTopic())) {
      return all.readToEnd().stream()
          .filter(order -> order.getSlot() == slot)
          .reduce((earlier, later) -> later);
    }
  }

  private void takeBack(
      RecordWriter<ModelOrder> writer,
      ModelSlotName slot,
      ModelOrder refused,
      @Nullable ModelOrder before) {
    // Somebody else may have given another order meanwhile; that one stays.
    if (inForce(slot)
        .filter(last -> last.getCommandId().equals(refused.getCommandId()))
        .isPresent()) {
      writer.write(slot.name(), before);
    }
  }

  private static boolean isRefused(Map<ModelSlotName, ModelStatus> answers, ModelSlotName slot) {
    ModelStatus status = answers.get(slot);
    return status != null && status.getState() == ModelState.FAILED;
  }

  private static boolean isComplete(
      Map<ModelSlotName, ModelStatus> answers, Set<ModelSlotName> asked) {
    return asked.stream()
        .allMatch(
            slot -> {
              ModelStatus status = answers.get(slot);
              return status != null && status.getState() != ModelState.LOADING;
            });
  }
}
