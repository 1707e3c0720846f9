package org.perceiveir.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.perceiveir.schemas.avro.ExternalPayload;
import org.perceiveir.schemas.avro.Frame;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.RestorationOperation;
import org.perceiveir.schemas.avro.RestoredFrame;
import org.perceiveir.schemas.avro.Sha256;
import org.perceiveir.schemas.avro.TierProbabilities;
import org.perceiveir.schemas.serde.ConfluentAvroSerde;

/**
 * Compares this project's serde and registry with Confluent's own serializer, deserializer and
 * registry client, which live in a class loader of their own: their jar brings other versions of
 * Avro and Kafka along.
 */
class ConfluentInteropTest {
  private static final Path JAR = Path.of("target/interop/confluent-avro.jar");
  private static final String TOPIC = "frames";

  private static URLClassLoader confluent;

  private EmbeddedSchemaRegistry registry;

  /** One record of each kind that goes through Kafka. */
  static Stream<SpecificRecord> samples() {
    return Stream.of(frame(), externalFrame(), restored(), telemetry(), telemetryOfUnreadable());
  }

  @BeforeAll
  static void load() throws Exception {
    assumeThat(Files.exists(JAR))
        .as("%s is not there; run the build through Maven to fetch it", JAR)
        .isTrue();
    confluent =
        new URLClassLoader(new URL[] {JAR.toUri().toURL()}, ClassLoader.getPlatformClassLoader());
  }

  @AfterAll
  static void unload() throws Exception {
    if (confluent != null) {
      confluent.close();
    }
  }

  @BeforeEach
  void start() {
    registry = EmbeddedSchemaRegistry.start(0);
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  @ParameterizedTest
  @MethodSource("samples")
  void shouldWriteTheSameBytesAsConfluentWhoeverRegistersFirst(SpecificRecord sample)
      throws Exception {
    byte[] ours = writeOurs(sample);
    assertThat(writeTheirs(sample.getSchema(), avro(ours))).isEqualTo(ours);

    try (EmbeddedSchemaRegistry fresh = EmbeddedSchemaRegistry.start(0)) {
      EmbeddedSchemaRegistry before = registry;
      registry = fresh;
      byte[] theirs = writeTheirs(sample.getSchema(), avro(ours));
      assertThat(writeOurs(sample)).isEqualTo(theirs);
      registry = before;
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void shouldBeReadByConfluentWhenWrittenByUs(SpecificRecord sample) throws Exception {
    byte[] ours = writeOurs(sample);
    Object theirs = readTheirs(ours);
    assertThat(call(theirs, "getSchema").toString()).isEqualTo(sample.getSchema().toString());
    assertThat(encodeTheirs(theirs)).isEqualTo(avro(ours));
  }

  @ParameterizedTest
  @MethodSource("samples")
  void shouldReadEqualRecordWhenWrittenByConfluent(SpecificRecord sample) throws Exception {
    byte[] theirs = writeTheirs(sample.getSchema(), avro(writeOurs(sample)));
    assertThat(serde(sample).deserializer().deserialize(TOPIC, theirs)).isEqualTo(sample);
  }

  @Test
  void shouldRefuseTheSameBytesAsConfluentWhenDamaged() throws Exception {
    byte[] good = writeOurs(frame());
    byte[] badMagic = good.clone();
    badMagic[0] = 1;
    byte[] unknownId = good.clone();
    unknownId[3] = 99;
    for (byte[] bad : List.of(badMagic, unknownId, Arrays.copyOf(good, 50))) {
      assertThatThrownBy(() -> readTheirs(bad))
          .satisfies(
              e ->
                  assertThat(e.getClass().getName())
                      .isEqualTo(SerializationException.class.getName()));
      assertThatThrownBy(() -> serde(frame()).deserializer().deserialize(TOPIC, bad))
          .isInstanceOf(SerializationException.class);
    }
  }

  @Test
  void shouldServeConfluentsRegistryClient() throws Exception {
    Object client =
        confluent
            .loadClass("io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient")
            .getConstructor(String.class, int.class)
            .newInstance(registry.url(), 100);
    writeOurs(frame());
    Object schema = theirSchema(Frame.getClassSchema());

    assertThat(call(client, "getAllSubjects").toString()).isEqualTo("[frames-value]");
    assertThat(call(client, "getAllVersions", "frames-value").toString()).isEqualTo("[1]");
    Object latest = call(client, "getLatestSchemaMetadata", "frames-value");
    assertThat(call(latest, "getId")).isEqualTo(1);
    assertThat(call(latest, "getSchema").toString()).isEqualTo(Frame.getClassSchema().toString());
    assertThat(call(client, "getCompatibility", "")).isEqualTo("BACKWARD");
    assertThat(call(client, "updateCompatibility", "frames-value", "FULL")).isEqualTo("FULL");
    assertThat(call(client, "getCompatibility", "frames-value")).isEqualTo("FULL");
    assertThat(call(client, "getMode")).isEqualTo("READWRITE");
    Class<?> theirSchemaType = confluent.loadClass("org.apache.avro.Schema");
    Method compatible =
        client.getClass().getMethod("testCompatibility", String.class, theirSchemaType);
    assertThat(compatible.invoke(client, "frames-value", schema)).isEqualTo(true);
    assertThat(
            compatible.invoke(
                client, "frames-value", theirSchema(Schema.create(Schema.Type.STRING))))
        .isEqualTo(false);
  }

  private ConfluentAvroSerde<?> serde(SpecificRecord sample) {
    return serde(sample.getClass());
  }

  private <T extends SpecificRecord> ConfluentAvroSerde<T> serde(Class<T> type) {
    return ConfluentAvroSerde.forValue(type, Map.of("schema.registry.url", registry.url()));
  }

  private byte[] writeOurs(SpecificRecord sample) {
    return writeOurs(sample.getClass(), sample);
  }

  private <T extends SpecificRecord> byte[] writeOurs(Class<T> type, SpecificRecord sample) {
    return serde(type).serializer().serialize(TOPIC, type.cast(sample));
  }

  private static byte[] avro(byte[] message) {
    return Arrays.copyOfRange(message, 5, message.length);
  }

  private byte[] writeTheirs(Schema schema, byte[] avro) throws Exception {
    Object decoder = theirStatic("org.apache.avro.io.DecoderFactory", "get");
    Object binary =
        decoder
            .getClass()
            .getMethod(
                "binaryDecoder",
                byte[].class,
                confluent.loadClass("org.apache.avro.io.BinaryDecoder"))
            .invoke(decoder, avro, null);
    Object reader =
        confluent
            .loadClass("org.apache.avro.generic.GenericDatumReader")
            .getConstructor(confluent.loadClass("org.apache.avro.Schema"))
            .newInstance(theirSchema(schema));
    Object record =
        reader
            .getClass()
            .getMethod("read", Object.class, confluent.loadClass("org.apache.avro.io.Decoder"))
            .invoke(reader, null, binary);
    Object serializer = theirSerde("KafkaAvroSerializer");
    return (byte[])
        invoke(
            serializer.getClass().getMethod("serialize", String.class, Object.class),
            serializer,
            TOPIC,
            record);
  }

  private Object readTheirs(byte[] message) throws Exception {
    Object deserializer = theirSerde("KafkaAvroDeserializer");
    return invoke(
        deserializer.getClass().getMethod("deserialize", String.class, byte[].class),
        deserializer,
        TOPIC,
        message);
  }

  private static byte[] encodeTheirs(Object record) throws Exception {
    Object factory = theirStatic("org.apache.avro.io.EncoderFactory", "get");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Object encoder =
        factory
            .getClass()
            .getMethod(
                "directBinaryEncoder",
                OutputStream.class,
                confluent.loadClass("org.apache.avro.io.BinaryEncoder"))
            .invoke(factory, out, null);
    Object writer =
        confluent
            .loadClass("org.apache.avro.generic.GenericDatumWriter")
            .getConstructor(confluent.loadClass("org.apache.avro.Schema"))
            .newInstance(call(record, "getSchema"));
    writer
        .getClass()
        .getMethod("write", Object.class, confluent.loadClass("org.apache.avro.io.Encoder"))
        .invoke(writer, record, encoder);
    return out.toByteArray();
  }

  private Object theirSerde(String name) throws Exception {
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    // Kafka's configuration loads classes through the thread's loader.
    Thread.currentThread().setContextClassLoader(confluent);
    try {
      Object serde =
          confluent
              .loadClass("io.confluent.kafka.serializers." + name)
              .getConstructor()
              .newInstance();
      serde
          .getClass()
          .getMethod("configure", Map.class, boolean.class)
          .invoke(serde, Map.of("schema.registry.url", registry.url()), false);
      return serde;
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }

  private static Object theirSchema(Schema schema) throws Exception {
    Object parser =
        confluent.loadClass("org.apache.avro.Schema$Parser").getConstructor().newInstance();
    return parser.getClass().getMethod("parse", String.class).invoke(parser, schema.toString());
  }

  private static Object theirStatic(String type, String method) throws Exception {
    return confluent.loadClass(type).getMethod(method).invoke(null);
  }

  private static Object call(Object target, String method, String... arguments) throws Exception {
    Class<?>[] types = new Class<?>[arguments.length];
    Arrays.fill(types, String.class);
    return invoke(target.getClass().getMethod(method, types), target, (Object[]) arguments);
  }

  private static Object invoke(Method method, Object target, Object... arguments) throws Exception {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }

  private static FrameIdentity identity() {
    return FrameIdentity.newBuilder()
        .setSourceId("crossing-\u00fc")
        .setStreamEpoch(-1)
        .setSequence(1L << 40)
        .setCaptureTimeMicros(1_700_000_000_000_000L)
        .build();
  }

  private static Frame frame() {
    byte[] payload = new byte[100_000];
    new Random(5).nextBytes(payload);
    return Frame.newBuilder()
        .setIdentity(identity())
        .setWidth(640)
        .setHeight(352)
        .setEncoding(FrameEncoding.JPEG)
        .setPayload(ByteBuffer.wrap(payload))
        .setAttributes(Map.of("weather", "haze"))
        .build();
  }

  private static Frame externalFrame() {
    return Frame.newBuilder(frame())
        .setPayload(
            ExternalPayload.newBuilder()
                .setUri("file:///frames/1.png")
                .setSizeBytes(7)
                .setSha256(new Sha256(new byte[32]))
                .build())
        .build();
  }

  private static RestoredFrame restored() {
    return RestoredFrame.newBuilder()
        .setIdentity(identity())
        .setWidth(1)
        .setHeight(1)
        .setEncoding(FrameEncoding.RGB8)
        .setImage(ByteBuffer.wrap(new byte[] {1, 2, 3}))
        .setOperation(RestorationOperation.PASSED_THROUGH)
        .build();
  }

  private static FrameTelemetry telemetry() {
    return FrameTelemetry.newBuilder()
        .setIdentity(identity())
        .setInputTopic(TOPIC)
        .setInputPartition(1)
        .setInputOffset(2)
        .setOutcome(FrameOutcome.RESTORED)
        .setTiersBefore(new TierProbabilities(0.5f, 0.25f, 0.25f))
        .setDegradation("haze")
        .setBundleName("compact")
        .setBundleVersion("0")
        .setBytesIn(100_000)
        .setBytesOut(90_000)
        .setBatchSize(2)
        .setProcessedTimeMicros(1_700_000_000_100_000L)
        .build();
  }

  private static FrameTelemetry telemetryOfUnreadable() {
    return FrameTelemetry.newBuilder()
        .setInputTopic(TOPIC)
        .setInputPartition(0)
        .setInputOffset(0)
        .setOutcome(FrameOutcome.DEAD_LETTERED)
        .setReason("bad magic byte")
        .setProcessedTimeMicros(0)
        .build();
  }
}
