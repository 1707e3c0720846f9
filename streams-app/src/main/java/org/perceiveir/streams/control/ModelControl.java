package org.perceiveir.streams.control;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.avro.ModelAction;
import org.perceiveir.schemas.avro.ModelOrder;
import org.perceiveir.schemas.avro.ModelSlotName;
import org.perceiveir.schemas.avro.ModelState;
import org.perceiveir.schemas.avro.ModelStatus;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.log.PlainText;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a service obey the orders for its models, on a thread of its own.
 *
 * <pre>
 *   models.control                                   models.status
 *   key = slot, last order of each = wanted state    key = instance|slot
 *        |                                                ^
 *        +--read as a whole by every instance--&gt; load, warm up, exchange; answer
 * </pre>
 *
 * <p><u>Start.</u> The last order of each slot is carried out before {@link #awaitWantedState}
 * returns. <u>Live.</u> Orders are carried out one after the other, each answered with LOADING and
 * then READY, EMPTY or FAILED. <u>Outages</u> of Kafka or the registry are one WARN and are tried
 * again; answers wait until they can be written. Nothing here ends the service.
 */
public final class ModelControl implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ModelControl.class);

  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration PAUSE = Duration.ofSeconds(2);
  private static final Duration CLOSING = Duration.ofSeconds(30);

  /** Ours have 36. It is repeated in answers. */
  private static final int MAX_COMMAND_ID = 200;

  /**
   * Longest reason in an answer. An answer that is too large for its topic could never be written,
   * and all later orders would wait for it.
   */
  private static final int MAX_MESSAGE = 2_000;

  private final ServiceConfig config;
  private final String instance;
  private final ModelPlaces places;
  private final InstantSource clock;
  private final Supplier<RecordWriter<ModelStatus>> writers;
  private final Thread thread = new Thread(this::run, "model-control");
  private final CountDownLatch wantedState = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile @Nullable CompactedTopic<ModelOrder> orders;

  // Of the control thread alone.
  private final Map<ModelSlotName, String> obeyed = new EnumMap<>(ModelSlotName.class);
  private final Map<ModelSlotName, String> refusals = new EnumMap<>(ModelSlotName.class);

  /** The order by which a slot holds what it holds; it may come again, after a refused one. */
  private final Map<ModelSlotName, String> carriedOut = new EnumMap<>(ModelSlotName.class);

  private final Map<ModelSlotName, ModelStatus> unsent = new LinkedHashMap<>();
  private @Nullable RecordWriter<ModelStatus> answers;
  private @Nullable String statusAsked;
  private boolean started;
  private boolean failing;

  ModelControl(
      ServiceConfig config,
      String instance,
      ModelPlaces places,
      InstantSource clock,
      Supplier<RecordWriter<ModelStatus>> writers) {
    this.config = config;
    this.instance = instance;
    this.places = places;
    this.clock = clock;
    this.writers = writers;
    this.thread.setDaemon(true);
  }

  /**
   * Starts to obey.
   *
   * @param config with {@code models.directory}
   * @param instance name of this instance in its answers, the client.id of its Kafka Streams
   * @param places what the orders change
   */
  public static ModelControl start(
      ServiceConfig config, String instance, ModelPlaces places, InstantSource clock) {
    ModelControl control =
        new ModelControl(
            config,
            instance,
            places,
            clock,
            () ->
                RecordWriter.open(config, ModelStatus.class, config.modelControl().statusTopic()));
    control.thread.start();
    return control;
  }

  /**
   * Blocks until the last order of each slot has been carried out or refused, or until it has
   * turned out that the orders cannot be read now: an outage does not keep a service from starting
   * with the bundles of its configuration.
   */
  public void awaitWantedState() {
    try {
      wantedState.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      while (ended.getCount() > 0) {
        try {
          work();
          if (failing) {
            failing = false;
            log.info("orders for models are read again");
          }
        } catch (WakeupException e) {
          log.debug("ending");
        } catch (RuntimeException e) {
          outage(e);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      wantedState.countDown();
      farewell();
      release();
    }
  }

  private void work() {
    CompactedTopic<ModelOrder> open = orders;
    if (open == null) {
      open = CompactedTopic.open(config, ModelOrder.class, config.modelControl().controlTopic());
      orders = open;
      catchUp(open.readToEnd());
      wantedState.countDown();
    }
    sendAnswers();
    for (ModelOrder order : open.poll(POLL)) {
      obey(order);
    }
  }

  /** Of all the orders that were not seen when they came, the last of each slot counts. */
  private void catchUp(List<ModelOrder> all) {
    Map<ModelSlotName, ModelOrder> wanted = new EnumMap<>(ModelSlotName.class);
    ModelOrder asked = null;
    for (ModelOrder order : all) {
      ModelSlotName slot = order.getSlot();
      if (order.getAction() == ModelAction.STATUS) {
        asked = order;
      } else if (slot != null) {
        wanted.put(slot, order);
      }
    }
    for (ModelSlotName slot : ModelSlotName.values()) {
      ModelOrder order = wanted.get(slot);
      if (order != null && !order.getCommandId().equals(obeyed.get(slot))) {
        obey(order);
      } else if (!started) {
        answer(slot, settled(slot), null);
      }
    }
    // A question from before the start was not meant for this instance.
    if (asked != null && started && !asked.getCommandId().equals(statusAsked)) {
      obey(asked);
    } else if (asked != null) {
      statusAsked = asked.getCommandId();
    }
    started = true;
  }

  /** Carries an order out, or refuses it, and answers it. */
  void obey(ModelOrder order) {
    ModelSlotName slot = order.getSlot();
    if (order.getCommandId().length() > MAX_COMMAND_ID) {
      log.warn(
          "order {} is passed over: its id has more than {} characters",
          PlainText.of(order.getCommandId(), 40),
          MAX_COMMAND_ID);
    } else if (order.getAction() == ModelAction.STATUS) {
      statusAsked = order.getCommandId();
      for (ModelSlotName each : ModelSlotName.values()) {
        answer(each, settled(each), statusAsked);
      }
    } else if (slot == null) {
      log.warn(
          "order {} names no slot and is passed over", PlainText.of(order.getCommandId(), 200));
    } else {
      change(slot, order);
    }
    sendAnswers();
  }

  private void change(ModelSlotName slot, ModelOrder order) {
    if (order.getCommandId().equals(carriedOut.get(slot))) {
      // Put back after a refusal: whoever gave the refused order has heard so.
      obeyed.put(slot, order.getCommandId());
      return;
    }
    refusals.remove(slot);
    answer(slot, ModelState.LOADING, order.getCommandId());
    try {
      sendAnswers();
    } catch (RuntimeException e) {
      log.debug("nobody hears that slot {} is loading", slot, e);
    }
    try {
      carryOut(slot, order);
      carriedOut.put(slot, order.getCommandId());
      log.info(
          "slot {} holds {}, by order of {}",
          slot,
          places.held(slot).map(held -> held.model().toString()).orElse("nothing"),
          PlainText.of(order.getIssuer(), 200));
    } catch (RuntimeException | Error e) {
      String why =
          e instanceof ModelRefusedException ? String.valueOf(e.getMessage()) : String.valueOf(e);
      refusals.put(slot, PlainText.of(why, MAX_MESSAGE));
      log.warn(
          "the order of {} for slot {} is refused, it holds what it held: {}",
          PlainText.of(order.getIssuer(), 200),
          slot,
          PlainText.of(why, 1_000));
      log.debug("refused order {}", order.getCommandId(), e);
    }
    obeyed.put(slot, order.getCommandId());
    answer(slot, settled(slot), order.getCommandId());
  }

  private void carryOut(ModelSlotName slot, ModelOrder order) {
    if (order.getAction() == ModelAction.UNLOAD) {
      places.unload(slot);
      return;
    }
    String name = order.getBundleName();
    if (name == null) {
      throw new ModelRefusedException("the order names no bundle");
    }
    double share = order.getShare() == null ? 0 : order.getShare();
    if (slot == ModelSlotName.SHADOW && !(share > 0 && share <= 1)) {
      throw new ModelRefusedException(
          "the share of the shadow is " + share + ": it must be above 0 and at most 1");
    }
    places.load(slot, name, Optional.ofNullable(order.getBundleSha256()), share);
  }

  private ModelState settled(ModelSlotName slot) {
    if (refusals.containsKey(slot)) {
      return ModelState.FAILED;
    }
    return places.held(slot).isPresent() ? ModelState.READY : ModelState.EMPTY;
  }

  private void answer(ModelSlotName slot, ModelState state, @Nullable String commandId) {
    ModelStatus.Builder status =
        ModelStatus.newBuilder()
            .setInstance(instance)
            .setSlot(slot)
            .setState(state)
            .setCommandId(commandId)
            .setMessage(refusals.get(slot))
            .setUpdatedAtMicros(ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant()));
    places
        .held(slot)
        .ifPresent(
            held -> {
              status
                  .setBundleName(held.model().bundle())
                  .setBundleVersion(held.model().version())
                  .setBundleSha256(held.sha256().orElse(null))
                  .setDevice(held.model().device())
                  .setFrameMicros(Math.round(held.frameMs() * 1_000));
              held.share().ifPresent(status::setShare);
              if (!refusals.containsKey(slot)) {
                status.setMessage(held.note().orElse(null));
              }
            });
    unsent.put(slot, status.build());
  }

  private void sendAnswers() {
    if (unsent.isEmpty()) {
      return;
    }
    RecordWriter<ModelStatus> writer = answers;
    if (writer == null) {
      writer = writers.get();
      answers = writer;
    }
    for (ModelStatus status : new ArrayList<>(unsent.values())) {
      writer.write(key(status.getSlot()), status);
      unsent.remove(status.getSlot());
    }
  }

  private String key(ModelSlotName slot) {
    return instance + "|" + slot;
  }

  private void outage(RuntimeException e) throws InterruptedException {
    wantedState.countDown();
    release();
    if (ended.getCount() == 0) {
      return;
    }
    if (!failing) {
      failing = true;
      log.warn(
          "orders for models cannot be read or answered: {}; the service goes on with the models"
              + " it has, and it is tried again every {} ms",
          e.getMessage() == null ? e.toString() : e.getMessage(),
          PAUSE.toMillis());
    }
    log.debug("no orders", e);
    boolean unused = ended.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Whoever asks what runs need not wait for an instance that has ended. */
  private void farewell() {
    RecordWriter<ModelStatus> writer = answers;
    if (writer == null) {
      return;
    }
    try {
      for (ModelSlotName slot : ModelSlotName.values()) {
        writer.write(key(slot), null);
      }
    } catch (RuntimeException e) {
      log.debug("the last answers stay in the topic", e);
    }
  }

  private void release() {
    CompactedTopic<ModelOrder> reading = orders;
    orders = null;
    RecordWriter<ModelStatus> writing = answers;
    answers = null;
    try {
      if (reading != null) {
        reading.close();
      }
    } catch (RuntimeException e) {
      log.debug("the reader of orders did not close in order", e);
    } finally {
      if (writing != null) {
        writing.close();
      }
    }
  }

  /** Ends after the order that is being carried out; waits at most 30 s for it. Idempotent. */
  @Override
  public void close() {
    ended.countDown();
    CompactedTopic<ModelOrder> reading = orders;
    if (reading != null) {
      reading.wakeup();
    }
    try {
      thread.join(CLOSING.toMillis());
      if (thread.isAlive()) {
        log.warn("an order for a model is still being carried out; it comes to nothing");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
