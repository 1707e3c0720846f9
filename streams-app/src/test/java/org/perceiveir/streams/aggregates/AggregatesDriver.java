package org.perceiveir.streams.aggregates;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.QualityAlert;
import org.perceiveir.schemas.avro.SourceTelemetry;
import org.perceiveir.schemas.avro.TierProbabilities;
import org.perceiveir.schemas.serde.AvroTrust;
import org.perceiveir.streams.aggregates.AggregatesPlan.Counters;
import org.perceiveir.streams.config.ServiceConfig;

/**
 * The topology in Kafka's test driver. Time begins at {@link #BEGIN}; each record moves the wall to
 * its own time.
 */
final class AggregatesDriver implements AutoCloseable {
  /** A multiple of the windows, and long ago. */
  static final long BEGIN = 1_700_000_000_000L;

  static {
    AvroTrust.install();
  }

  private final Counters counters = new Counters();
  private final TopologyTestDriver driver;
  private final TestInputTopic<byte[], byte[]> telemetry;
  private final TestOutputTopic<String, byte[]> sources;
  private final TestOutputTopic<String, byte[]> alerts;
  private long nowMs = BEGIN;
  private long sequence;
  private long emptyUntilMs = Long.MAX_VALUE;

  AggregatesDriver(String... pairs) {
    Map<String, String> settings =
        new HashMap<>(
            Map.of(
                "kafka.bootstrap.servers", "b:1",
                "schema.registry.url", "http://r",
                "alerts.min.frames", "10"));
    for (int i = 0; i < pairs.length; i += 2) {
      settings.put(pairs[i], pairs[i + 1]);
    }
    ServiceConfig config = ServiceConfig.of(settings);
    AggregatesPlan plan =
        new AggregatesPlan(
            config.telemetryTopic(),
            config.aggregates(),
            config.alerts(),
            new AggregateSerdes(
                (topic, bytes) -> readTelemetry(bytes),
                (topic, record) -> bytes(record::toByteBuffer),
                (topic, record) -> bytes(record::toByteBuffer)),
            (partition, wallMs) -> Math.min(wallMs, emptyUntilMs),
            counters);
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "aggregates-test");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "b:1");
    driver =
        new TopologyTestDriver(
            AggregatesTopology.build(plan, AutoOffsetReset.earliest()),
            properties,
            Instant.ofEpochMilli(BEGIN));
    telemetry =
        driver.createInputTopic(
            config.telemetryTopic(), new ByteArraySerializer(), new ByteArraySerializer());
    sources =
        driver.createOutputTopic(
            config.aggregates().sourcesTopic(),
            new StringDeserializer(),
            new ByteArrayDeserializer());
    alerts =
        driver.createOutputTopic(
            config.aggregates().alertsTopic(),
            new StringDeserializer(),
            new ByteArrayDeserializer());
  }

  /** Something of Avro's that throws. */
  private interface Encoder {
    ByteBuffer encode() throws IOException;
  }

  private static byte[] bytes(Encoder encoder) {
    try {
      ByteBuffer buffer = encoder.encode();
      byte[] bytes = new byte[buffer.remaining()];
      buffer.get(bytes);
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static FrameTelemetry readTelemetry(byte[] bytes) {
    try {
      return FrameTelemetry.fromByteBuffer(ByteBuffer.wrap(bytes));
    } catch (IOException | RuntimeException e) {
      throw new SerializationException("no telemetry", e);
    }
  }

  /** A restored frame of a source, to be changed. */
  FrameTelemetry frame(String source) {
    return FrameTelemetry.newBuilder()
        .setIdentity(
            FrameIdentity.newBuilder()
                .setSourceId(source)
                .setStreamEpoch(1)
                .setSequence(sequence++)
                .build())
        .setInputTopic("in")
        .setInputPartition(0)
        .setInputOffset(sequence)
        .setOutcome(FrameOutcome.RESTORED)
        .setProcessedTimeMicros(nowMs * 1_000)
        .build();
  }

  /** Sends one frame now. */
  void send(String source) {
    send(source, frame -> {});
  }

  /** Sends one frame now, changed. */
  void send(String source, Consumer<FrameTelemetry> change) {
    FrameTelemetry frame = frame(source);
    change.accept(frame);
    send(source, frame);
  }

  /** Sends telemetry under a key, now. */
  void send(String key, FrameTelemetry frame) {
    telemetry.pipeInput(key.getBytes(UTF_8), bytes(frame::toByteBuffer), nowMs);
  }

  /** Sends a frame whose telemetry has another time than now. */
  void sendAt(String source, long timeMs) {
    FrameTelemetry frame = frame(source);
    telemetry.pipeInput(source.getBytes(UTF_8), bytes(frame::toByteBuffer), timeMs);
  }

  void sendRaw(String key, byte[] value) {
    telemetry.pipeInput(key.getBytes(UTF_8), value, nowMs);
  }

  /** Sends so many frames over ten seconds, of which some are changed, and lets these pass. */
  void window(String source, int frames, int changed, Consumer<FrameTelemetry> change) {
    long begin = nowMs;
    for (int i = 0; i < frames; i++) {
      pass(Duration.ofMillis(begin + 10_000L * i / frames - nowMs));
      boolean isChanged = i < changed;
      send(
          source,
          frame -> {
            if (isChanged) {
              change.accept(frame);
            }
          });
    }
    pass(Duration.ofMillis(begin + 10_000 - nowMs));
  }

  static void shed(FrameTelemetry frame) {
    frame.setOutcome(FrameOutcome.SHED);
  }

  static void deadLettered(FrameTelemetry frame) {
    frame.setOutcome(FrameOutcome.DEAD_LETTERED);
  }

  static void excellent(FrameTelemetry frame) {
    frame.setTiersBefore(new TierProbabilities(0.1f, 0.2f, 0.7f));
  }

  static void terrible(FrameTelemetry frame) {
    frame.setTiersBefore(new TierProbabilities(0.7f, 0.2f, 0.1f));
  }

  static void mediocre(FrameTelemetry frame) {
    frame.setTiersBefore(new TierProbabilities(0.3f, 0.4f, 0.3f));
  }

  /** Lets time pass, in steps of a second at most, as it would. */
  void pass(Duration time) {
    long left = time.toMillis();
    while (left > 0) {
      long step = Math.min(1_000, left);
      driver.advanceWallClockTime(Duration.ofMillis(step));
      nowMs += step;
      left -= step;
    }
  }

  /** From now on the broker has more that cannot be read yet, or again no more. */
  void unread(boolean more) {
    emptyUntilMs = more ? nowMs : Long.MAX_VALUE;
  }

  /** Lets hours pass without looking at each second. */
  void leap(Duration time) {
    driver.advanceWallClockTime(time);
    nowMs += time.toMillis();
  }

  long nowMs() {
    return nowMs;
  }

  Counters counters() {
    return counters;
  }

  List<SourceTelemetry> sources() {
    return sources.readValuesToList().stream()
        .map(
            bytes -> {
              try {
                return SourceTelemetry.fromByteBuffer(ByteBuffer.wrap(bytes));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            })
        .toList();
  }

  /** The alerts since the last call. */
  List<QualityAlert> alerts() {
    return alertRecords().stream().map(TestRecord::value).toList();
  }

  /** The same with their keys and times. */
  List<TestRecord<String, QualityAlert>> alertRecords() {
    return alerts.readRecordsToList().stream()
        .map(
            record -> {
              try {
                return new TestRecord<>(
                    record.key(),
                    QualityAlert.fromByteBuffer(ByteBuffer.wrap(record.value())),
                    record.headers(),
                    record.timestamp());
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            })
        .toList();
  }

  /** Kind, source and state of the alerts since the last call. */
  List<String> alertNames() {
    return alerts().stream()
        .map(alert -> alert.getState() + " " + alert.getKind() + " " + alert.getSource())
        .toList();
  }

  @Override
  public void close() {
    driver.close();
  }
}
