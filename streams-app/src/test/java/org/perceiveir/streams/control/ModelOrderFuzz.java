package org.perceiveir.streams.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;
import org.perceiveir.schemas.avro.ModelAction;
import org.perceiveir.schemas.avro.ModelOrder;
import org.perceiveir.schemas.avro.ModelSlotName;
import org.perceiveir.schemas.avro.ModelState;
import org.perceiveir.schemas.avro.ModelStatus;
import org.perceiveir.schemas.serde.AvroTrust;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.pass.ModelIdentity;
import org.perceiveir.testkit.FuzzCorpus;
import org.perceiveir.testkit.Spent;

/**
 * Whoever may write to the topic of orders may send any order. Whatever it says, it is carried out,
 * refused or passed over; no bundle outside the folder is opened, and each answer is small enough
 * for its topic, since one that cannot be written would keep all later orders waiting.
 *
 * <p>The input is an order as Avro writes it; what is around it is the matter of the schemas.
 */
class ModelOrderFuzz {
  private static final int MOST_ANSWER_BYTES = 16_384;
  private static final ServiceConfig CONFIG =
      ServiceConfig.of(
          Map.of(
              "kafka.bootstrap.servers", "127.0.0.1:9",
              "schema.registry.url", "http://127.0.0.1:9"));
  private static final Path DIRECTORY = made();

  private static Path made() {
    AvroTrust.install();
    try {
      Path directory = Files.createTempDirectory("order-fuzz").toRealPath();
      Files.createDirectories(directory.resolve("models/compact"));
      Files.createDirectories(directory.resolve("secret"));
      Files.createSymbolicLink(directory.resolve("models/sly"), directory.resolve("secret"));
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterAll
  static void clear() throws IOException {
    for (String file : List.of("models/sly", "models/compact", "models", "secret", "")) {
      Files.delete(DIRECTORY.resolve(file));
    }
  }

  static Stream<byte[]> seeds() {
    ModelOrder load =
        ModelOrders.load(ModelSlotName.SHADOW, "compact", Optional.of("0".repeat(64)), 0.5);
    return Stream.of(
            load,
            ModelOrders.load(ModelSlotName.FULL, "compact", Optional.empty(), null),
            ModelOrders.load(ModelSlotName.LIGHT, "sly", Optional.empty(), null),
            ModelOrders.load(ModelSlotName.LIGHT, "../secret", Optional.empty(), null),
            ModelOrders.load(ModelSlotName.SHADOW, "compact", Optional.empty(), Double.NaN),
            ModelOrders.load(ModelSlotName.FULL, "x".repeat(20_000), Optional.empty(), null),
            ModelOrders.unload(ModelSlotName.SHADOW),
            ModelOrder.newBuilder(load).setSlot(null).build(),
            ModelOrder.newBuilder(load).setBundleName(null).build(),
            ModelOrder.newBuilder(load).setCommandId("c".repeat(20_000)).build(),
            ModelOrder.newBuilder(load)
                .setAction(ModelAction.STATUS)
                .setCommandId("c".repeat(20_000))
                .build())
        .map(ModelOrderFuzz::encoded);
  }

  private static byte[] encoded(ModelOrder order) {
    return written(order, new SpecificDatumWriter<>(ModelOrder.class));
  }

  private static <T> byte[] written(T record, SpecificDatumWriter<T> writer) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
    try {
      writer.write(record, encoder);
      encoder.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  static Stream<byte[]> kept() {
    return FuzzCorpus.whenSearching(ModelOrderFuzz.class);
  }

  @Test
  void shouldStandWhatEarlierSearchesFound() {
    for (byte[] data : FuzzCorpus.of(ModelOrderFuzz.class).toList()) {
      shouldCarryOutOrRefuseEveryOrder(data);
    }
  }

  @MethodSource({"seeds", "kept"})
  @FuzzTest
  void shouldCarryOutOrRefuseEveryOrder(byte[] data) {
    ModelOrder order;
    try {
      order =
          new SpecificDatumReader<>(ModelOrder.class)
              .read(null, DecoderFactory.get().binaryDecoder(data, null));
    } catch (IOException | RuntimeException e) {
      // Poison, as the deserializer of the schemas calls it whatever Avro throws.
      return;
    }
    Spent.atMost(4_000_000 + 200L * data.length, () -> obey(order));
  }

  private static void obey(ModelOrder order) {
    List<ModelStatus> answers = new ArrayList<>();
    MockProducer<byte[], byte[]> producer =
        new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    ModelControl control =
        new ModelControl(
            CONFIG,
            "instance-1",
            new Places(),
            () -> Instant.EPOCH,
            () ->
                new RecordWriter<>(
                    producer,
                    (topic, status) -> {
                      answers.add(status);
                      return written(status, new SpecificDatumWriter<>(ModelStatus.class));
                    },
                    "models.status"));

    control.obey(order);

    producer
        .history()
        .forEach(record -> assertThat(record.value()).hasSizeLessThan(MOST_ANSWER_BYTES));
    if (!answers.isEmpty()) {
      ModelStatus last = answers.get(answers.size() - 1);
      assertThat(last.getState()).isNotEqualTo(ModelState.LOADING);
      assertThat(last.getCommandId()).isEqualTo(order.getCommandId());
    }
  }

  /** Slots that only note what they hold, but look for the bundle as the service does. */
  private static final class Places implements ModelPlaces {
    private final Map<ModelSlotName, HeldModel> held = new EnumMap<>(ModelSlotName.class);

    @Override
    public Optional<HeldModel> held(ModelSlotName slot) {
      return Optional.ofNullable(held.get(slot));
    }

    @Override
    public void load(ModelSlotName slot, String name, Optional<String> sha256, double share) {
      Path found = new ModelFolder(DIRECTORY.resolve("models")).resolve(name);
      assertThat(found).isEqualTo(DIRECTORY.resolve("models/compact"));
      if (slot == ModelSlotName.SHADOW) {
        assertThat(share).isGreaterThan(0).isLessThanOrEqualTo(1);
      }
      held.put(
          slot,
          new HeldModel(
              new ModelIdentity(name, "0+00000000", "cpu"),
              Optional.empty(),
              1,
              OptionalDouble.empty(),
              Optional.empty()));
    }

    @Override
    public void unload(ModelSlotName slot) {
      held.remove(slot);
    }
  }
}
