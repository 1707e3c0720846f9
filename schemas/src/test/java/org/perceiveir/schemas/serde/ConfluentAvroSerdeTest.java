package org.perceiveir.schemas.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.util.ClassSecurityValidator;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.perceiveir.schemas.avro.Frame;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.LatencySketch;
import org.perceiveir.schemas.avro.RestoredFrame;
import org.perceiveir.schemas.avro.SampleRecords;

class ConfluentAvroSerdeTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String TOPIC = "frames";

  /** Four different bytes, so that a swapped or a lost one shows. */
  private static final int ID = 0x01020304;

  private ScriptedRegistry registry;

  @BeforeEach
  void start() throws IOException {
    registry =
        new ScriptedRegistry()
            .answer("POST /subjects/frames-value/versions", 200, "{\"id\":" + ID + "}");
    knows(ID, Frame.getClassSchema());
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  @Test
  void shouldReadBackEqualRecordWhenAnySampleIsWritten() {
    assertRoundTrip(Frame.class, SampleRecords.frame());
    assertRoundTrip(Frame.class, SampleRecords.externalFrame());
    knows(ID, RestoredFrame.getClassSchema());
    assertRoundTrip(RestoredFrame.class, SampleRecords.restoredFrame());
    knows(ID, FrameTelemetry.getClassSchema());
    assertRoundTrip(FrameTelemetry.class, SampleRecords.telemetry());
    assertRoundTrip(FrameTelemetry.class, SampleRecords.unreadableTelemetry());
  }

  private <T extends SpecificRecord> void assertRoundTrip(Class<T> type, T record) {
    ConfluentAvroSerde<T> serde = ConfluentAvroSerde.forValue(type, config(Map.of()));
    byte[] bytes = serde.serializer().serialize(TOPIC, record);
    assertThat(serde.deserializer().deserialize(TOPIC, bytes)).isEqualTo(record);
  }

  @Test
  void shouldStartWithZeroAndBigEndianIdWhenWritten() throws IOException {
    byte[] bytes = serde().serializer().serialize(TOPIC, SampleRecords.frame());
    assertThat(bytes).startsWith(0, 1, 2, 3, 4);
    assertThat(Arrays.copyOfRange(bytes, 5, bytes.length)).isEqualTo(avro(SampleRecords.frame()));
  }

  @Test
  void shouldPassNullThroughWithoutAskingTheRegistry() {
    assertThat(serde().serializer().serialize(TOPIC, null)).isNull();
    assertThat(serde().deserializer().deserialize(TOPIC, null)).isNull();
    assertThat(registry.asked()).isEmpty();
  }

  @Test
  void shouldWriteWhatBufferHoldsAndLeaveItAsItIsWhenPayloadIsAnyKindOfBuffer() {
    byte[] array = {9, 1, 2, 3, 9};
    ByteBuffer direct = ByteBuffer.allocateDirect(3).put(new byte[] {1, 2, 3}).flip();
    for (ByteBuffer payload :
        new ByteBuffer[] {
          ByteBuffer.wrap(array, 1, 3),
          ByteBuffer.wrap(array, 1, 3).slice(),
          ByteBuffer.wrap(array, 1, 3).asReadOnlyBuffer(),
          direct
        }) {
      Frame frame = SampleRecords.frame();
      frame.setPayload(payload);
      int position = payload.position();
      byte[] first = serde().serializer().serialize(TOPIC, frame);
      byte[] second = serde().serializer().serialize(TOPIC, frame);
      assertThat(second).isEqualTo(first);
      assertThat(payload.position()).isEqualTo(position);
      assertThat(serde().deserializer().deserialize(TOPIC, first).getPayload())
          .isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, 3}));
    }
  }

  @Test
  void shouldAskTheRegistryOncePerTopicAndIdWhenManyRecordsPass() {
    ConfluentAvroSerde<Frame> serde = serde();
    for (int i = 0; i < 10; i++) {
      serde
          .deserializer()
          .deserialize(TOPIC, serde.serializer().serialize(TOPIC, SampleRecords.frame()));
    }
    assertThat(registry.asked()).hasSize(2);
  }

  @Test
  void shouldAskAgainForTheFirstOfMoreSchemasThanItRemembers() throws IOException {
    List<Integer> asked = new ArrayList<>();
    ConfluentAvroDeserializer<Frame> deserializer = new ConfluentAvroDeserializer<>(Frame.class);
    deserializer.use(
        id -> {
          asked.add(id);
          return Frame.getClassSchema();
        });
    byte[] record = avro(SampleRecords.frame());
    for (int round = 0; round < 2; round++) {
      for (int id = 0; id < 1_000; id++) {
        deserializer.deserialize(TOPIC, framed(id, record));
      }
    }
    assertThat(asked).hasSize(1_000);

    deserializer.deserialize(TOPIC, framed(1_000, record));
    deserializer.deserialize(TOPIC, framed(0, record));

    assertThat(asked).hasSize(1_002);
  }

  private static byte[] framed(int id, byte[] record) {
    return ByteBuffer.allocate(5 + record.length).put((byte) 0).putInt(id).put(record).array();
  }

  @Test
  void shouldServeManyThreadsWhenShared() {
    ConfluentAvroSerde<Frame> serde = serde();
    assertThat(
            IntStream.range(0, 2_000)
                .parallel()
                .mapToObj(
                    i -> {
                      Frame frame = SampleRecords.frame();
                      frame.getIdentity().setSequence(i);
                      byte[] bytes = serde.serializer().serialize(TOPIC, frame);
                      return serde.deserializer().deserialize(TOPIC, bytes).equals(frame);
                    }))
        .containsOnly(true);
  }

  @Test
  void shouldReadRecordOfOlderAndNewerWritersWhenTheirSchemasDiffer() throws IOException {
    // An older writer has no attributes; a newer one has a field that this reader does not know.
    String json = Frame.getClassSchema().toString();
    String attributes = JSON.readTree(json).path("fields").get(5).toString();
    Schema older = parse(json.replace("," + attributes, ""));
    Schema newer =
        parse(
            json.replace(
                attributes,
                "{\"name\":\"exposureMicros\",\"type\":{\"type\":\"array\",\"items\":\"long\"}},"
                    + attributes));
    knows(1, older);
    knows(2, newer);

    byte[] full = avro(SampleRecords.frame());
    byte[] withoutMap = Arrays.copyOf(full, full.length - mapBytes());
    Frame fromOlder = read(1, withoutMap);
    assertThat(fromOlder.getAttributes()).isEmpty();
    assertThat(fromOlder.getIdentity()).isEqualTo(SampleRecords.identity());

    ByteArrayOutputStream extra = new ByteArrayOutputStream();
    extra.writeBytes(withoutMap);
    extra.writeBytes(new byte[] {2, 84, 0});
    extra.write(full, withoutMap.length, mapBytes());
    assertThat(read(2, extra.toByteArray())).isEqualTo(SampleRecords.frame());
  }

  /** The encoded length of the sample's attributes. */
  private static int mapBytes() {
    return 1 + (1 + "weather".length()) + (1 + "rain".length()) + 1;
  }

  @Test
  void shouldWriteTheLatestSchemaWhenToldTo() throws IOException {
    String json = Frame.getClassSchema().toString();
    String height = JSON.readTree(json).path("fields").get(2).toString();
    Schema latest =
        parse(
            json.replace(
                height,
                "{\"name\":\"depth\",\"type\":\"int\",\"default\":3,\"doc\":\"d\"}," + height));
    knows(9, latest);
    registry.answer(
        "GET /subjects/frames-value/versions/latest",
        200,
        JSON.writeValueAsString(Map.of("id", 9, "version", 2, "schema", latest.toString())));
    ConfluentAvroSerde<Frame> serde =
        ConfluentAvroSerde.forValue(
            Frame.class,
            config(Map.of("auto.register.schemas", "false", "use.latest.version", "true")));
    byte[] bytes = serde.serializer().serialize(TOPIC, SampleRecords.frame());
    assertThat(bytes).startsWith(0, 0, 0, 0, 9);
    assertThat(bytes).hasSize(5 + avro(SampleRecords.frame()).length + 1);
    assertThat(serde.deserializer().deserialize(TOPIC, bytes)).isEqualTo(SampleRecords.frame());
  }

  @Test
  void shouldLookUpAndNotRegisterWhenRegisteringIsOff() {
    registry.answer("POST /subjects/frames-value", 200, "{\"id\":4}");
    byte[] bytes =
        ConfluentAvroSerde.forValue(Frame.class, config(Map.of("auto.register.schemas", false)))
            .serializer()
            .serialize(TOPIC, SampleRecords.frame());
    assertThat(bytes).startsWith(0, 0, 0, 0, 4);
    assertThat(registry.asked()).hasSize(1);
  }

  @Test
  void shouldNameSubjectByStrategyWhenConfigured() {
    String record = "org.perceiveir.schemas.avro.FrameIdentity";
    Map<String, String> subjects =
        Map.of(
            "TopicNameStrategy",
            "frames-key",
            "io.confluent.kafka.serializers.subject.RecordNameStrategy",
            record,
            "TopicRecordNameStrategy",
            "frames-" + record);
    subjects.forEach(
        (strategy, subject) -> {
          registry.answer("POST /subjects/" + subject + "/versions", 200, "{\"id\":3}");
          byte[] key =
              ConfluentAvroSerde.forKey(
                      FrameIdentity.class, config(Map.of("key.subject.name.strategy", strategy)))
                  .serializer()
                  .serialize(TOPIC, SampleRecords.identity());
          assertThat(key).as(strategy).startsWith(0, 0, 0, 0, 3);
        });
  }

  @Test
  void shouldCallRecordPoisonWhenItIsDamaged() throws IOException {
    byte[] good = serde().serializer().serialize(TOPIC, SampleRecords.frame());
    registry.answer(
        "GET /schemas/ids/77?fetchMaxId=false", 404, "{\"error_code\":40403,\"message\":\"no\"}");
    knows(78, RestoredFrame.getClassSchema());
    assertPoison(new byte[0], "0 bytes");
    assertPoison(new byte[] {0, 0, 0, 1}, "4 bytes");
    assertPoison("{\"sourceId\":1}".getBytes(StandardCharsets.UTF_8), "byte 123");
    assertPoison(new byte[] {0, -1, 0, 0, 0, 0}, "negative schema id");
    assertPoison(new byte[] {0, 0, 0, 0, 77, 0}, "id 77");
    assertPoison(new byte[] {0, 0, 0, 0, 78, 0}, "is not a org.perceiveir.schemas.avro.Frame");
    for (int length = 5; length < good.length; length++) {
      assertPoison(Arrays.copyOf(good, length), "is not a org.perceiveir.schemas.avro.Frame");
    }
    assertPoison(Arrays.copyOf(good, good.length + 1), "goes on after the end");
  }

  @Test
  void shouldNotCallRecordPoisonWhenRegistryIsDown() {
    byte[] good = serde().serializer().serialize(TOPIC, SampleRecords.frame());
    registry.close();
    ConfluentAvroSerde<Frame> serde = serde();
    assertThatThrownBy(() -> serde.deserializer().deserialize(TOPIC, good))
        .isInstanceOf(RegistryUnavailableException.class);
    assertThatThrownBy(() -> serde.serializer().serialize(TOPIC, SampleRecords.frame()))
        .isInstanceOf(RegistryUnavailableException.class);
  }

  @Test
  void shouldFailBeforeAllocatingWhenLengthsLie() throws IOException {
    // Warm up, so that only the record's own allocations are counted.
    ConfluentAvroSerde<Frame> serde = serde();
    byte[] good = serde.serializer().serialize(TOPIC, SampleRecords.frame());
    serde.deserializer().deserialize(TOPIC, good);

    int huge = Integer.MAX_VALUE - 8;
    assertCheapPoison(serde, encoder -> encoder.writeInt(huge)); // the length of sourceId
    assertCheapPoison(
        serde,
        encoder -> {
          writeUpToPayload(encoder);
          encoder.writeIndex(0);
          encoder.writeInt(huge); // the length of the payload
        });
    assertCheapPoison(
        serde,
        encoder -> {
          writeUpToPayload(encoder);
          encoder.writeIndex(0);
          encoder.writeBytes(new byte[1]);
          encoder.writeInt(1 << 30); // the number of attributes
        });
    assertCheapPoison(
        serde,
        encoder -> {
          writeUpToPayload(encoder);
          encoder.writeIndex(0);
          encoder.writeBytes(new byte[1]);
          encoder.writeInt(100_000);
          for (int i = 0; i < 100_000; i++) {
            encoder.writeString(Integer.toString(i, 36));
            encoder.writeString("");
          }
          encoder.writeInt(0);
        });
  }

  @Test
  void shouldTakeAsManyElementsAsAreAllowedAndNotOneMore() {
    ConfluentAvroSerde<Frame> serde = serde();
    Frame frame = SampleRecords.frame();
    Map<String, String> attributes = new HashMap<>();
    for (int i = 0; i < 10_000; i++) {
      attributes.put("a" + i, "");
    }
    frame.setAttributes(attributes);
    byte[] most = serde.serializer().serialize(TOPIC, frame);
    assertThat(serde.deserializer().deserialize(TOPIC, most).getAttributes()).hasSize(10_000);

    attributes.put("one more", "");
    assertPoison(serde.serializer().serialize(TOPIC, frame), "more than 10000 elements");
  }

  @Test
  void shouldTakeAsManyValuesOfAnArrayAsAreAllowedAndNotOneMore() {
    knows(ID, LatencySketch.getClassSchema());
    ConfluentAvroSerde<LatencySketch> serde =
        ConfluentAvroSerde.forValue(LatencySketch.class, config(Map.of()));
    List<Long> values = new ArrayList<>(Collections.nCopies(10_000, 1L));
    LatencySketch sketch = new LatencySketch(ByteBuffer.allocate(0), values);
    byte[] most = serde.serializer().serialize(TOPIC, sketch);
    assertThat(serde.deserializer().deserialize(TOPIC, most)).isEqualTo(sketch);

    values.add(1L);
    byte[] tooMany = serde.serializer().serialize(TOPIC, sketch);
    assertThatThrownBy(() -> serde.deserializer().deserialize(TOPIC, tooMany))
        .isInstanceOf(SerializationException.class)
        .hasMessageContaining("more than 10000 elements");
  }

  @Test
  void shouldReadAndWriteWhenConfiguredAsKafkaConfigures() {
    try (ConfluentAvroSerializer<Frame> serializer = new ConfluentAvroSerializer<>(Frame.class);
        ConfluentAvroDeserializer<Frame> deserializer =
            new ConfluentAvroDeserializer<>(Frame.class)) {
      serializer.configure(config(Map.of()), false);
      deserializer.configure(config(Map.of()), false);

      byte[] bytes = serializer.serialize(TOPIC, SampleRecords.frame());

      assertThat(deserializer.deserialize(TOPIC, bytes)).isEqualTo(SampleRecords.frame());
    }
  }

  private interface Encoding {
    void to(BinaryEncoder encoder) throws IOException;
  }

  private static void writeUpToPayload(BinaryEncoder encoder) throws IOException {
    encoder.writeString("camera");
    encoder.writeLong(0);
    encoder.writeLong(0);
    encoder.writeIndex(0);
    encoder.writeInt(1);
    encoder.writeInt(1);
    encoder.writeEnum(0);
  }

  private static void assertCheapPoison(ConfluentAvroSerde<Frame> serde, Encoding encoding)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {0, 1, 2, 3, 4});
    BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
    encoding.to(encoder);
    encoder.flush();
    byte[] bytes = out.toByteArray();
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    assertThatThrownBy(() -> serde.deserializer().deserialize(TOPIC, bytes))
        .isInstanceOf(SerializationException.class);
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(16L << 20);
  }

  /** Whatever comes in, the caller sees a record or a SerializationException. */
  @Test
  void shouldOnlyEverThrowSerializationExceptionWhenBytesAreRandomOrMutated() {
    ConfluentAvroSerde<Frame> serde = serde();
    byte[] good = serde.serializer().serialize(TOPIC, SampleRecords.frame());
    Random random = new Random(20_240_501);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes;
      if (i % 2 == 0) {
        bytes = new byte[5 + random.nextInt(200)];
        random.nextBytes(bytes);
        System.arraycopy(good, 0, bytes, 0, 5);
      } else {
        bytes = good.clone();
        for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
          bytes[5 + random.nextInt(bytes.length - 5)] ^= (byte) (1 << random.nextInt(8));
        }
      }
      try {
        assertThat(serde.deserializer().deserialize(TOPIC, bytes)).isNotNull();
      } catch (SerializationException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(10_000);
  }

  @Test
  void shouldNameTheRecordWhenItLacksRequiredField() {
    Frame frame = new Frame();
    assertThatThrownBy(() -> serde().serializer().serialize(TOPIC, frame))
        .isInstanceOf(SerializationException.class)
        .hasMessageContaining("org.perceiveir.schemas.avro.Frame")
        .hasMessageContaining("identity");
  }

  @Test
  void shouldAskForConfigurationWhenThereIsNone() {
    ConfluentAvroSerde<Frame> serde = new ConfluentAvroSerde<>(Frame.class);
    assertThatThrownBy(() -> serde.serializer().serialize(TOPIC, SampleRecords.frame()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("schema.registry.url");
    assertThatThrownBy(() -> serde.deserializer().deserialize(TOPIC, new byte[5]))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("schema.registry.url");
  }

  @Test
  void shouldTrustGeneratedClassesAndNothingElseWhenInstalled() {
    AvroTrust.install();
    Consumer<Class<?>> validate = ClassSecurityValidator::validate;
    validate.accept(Frame.class);
    assertThatThrownBy(() -> validate.accept(ConfluentAvroSerde.class))
        .isInstanceOf(SecurityException.class);
    assertThatThrownBy(() -> validate.accept(ProcessBuilder.class))
        .isInstanceOf(SecurityException.class);
  }

  private void assertPoison(byte[] bytes, String message) {
    assertThatThrownBy(() -> serde().deserializer().deserialize(TOPIC, bytes))
        .isInstanceOf(SerializationException.class)
        .hasMessageContaining(message);
  }

  private Frame read(int id, byte[] avro) {
    byte[] bytes = ByteBuffer.allocate(5 + avro.length).put((byte) 0).putInt(id).put(avro).array();
    return serde().deserializer().deserialize(TOPIC, bytes);
  }

  private void knows(int id, Schema schema) {
    registry.answer(
        "GET /schemas/ids/" + id + "?fetchMaxId=false",
        200,
        JSON.createObjectNode().put("schema", schema.toString()).toString());
  }

  private static byte[] avro(Frame frame) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
    new SpecificDatumWriter<>(Frame.class).write(frame, encoder);
    encoder.flush();
    return out.toByteArray();
  }

  private static Schema parse(String json) {
    return new Schema.Parser().parse(json);
  }

  private ConfluentAvroSerde<Frame> serde() {
    return ConfluentAvroSerde.forValue(Frame.class, config(Map.of()));
  }

  private Map<String, Object> config(Map<String, ?> more) {
    Map<String, Object> config = new HashMap<>(more);
    config.put("schema.registry.url", registry.url());
    config.put("retries.wait.ms", "1");
    config.put("max.retries", "1");
    return config;
  }
}
