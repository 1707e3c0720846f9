package org.perceiveir.streams.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.embedded.EmbeddedSchemaRegistry;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.model.degradation.DegradationEstimate;
import org.perceiveir.model.perceiver.Assessment;
import org.perceiveir.schemas.avro.AgeOrigin;
import org.perceiveir.schemas.avro.ExternalPayload;
import org.perceiveir.schemas.avro.Frame;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameRoute;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.RestorationOperation;
import org.perceiveir.schemas.avro.RestoredFrame;
import org.perceiveir.schemas.avro.Sha256;
import org.perceiveir.schemas.frame.FramePayload;
import org.perceiveir.schemas.serde.ConfluentAvroSerde;
import org.perceiveir.schemas.serde.RegistryUnavailableException;
import org.perceiveir.streams.batch.BatcherClosedException;
import org.perceiveir.streams.batch.FakeRestorer;
import org.perceiveir.streams.batch.FrameRequest;
import org.perceiveir.streams.batch.FrameWindow;
import org.perceiveir.streams.batch.MicroBatcher;
import org.perceiveir.streams.batch.Ticket;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.log.LoudAtFirst;
import org.perceiveir.streams.meters.FrameMeters;
import org.perceiveir.streams.pass.FramePass;
import org.perceiveir.streams.pass.ModelIdentity;
import org.perceiveir.streams.pass.PassedFrame;
import org.perceiveir.streams.pass.Route;
import org.perceiveir.streams.pass.RouteDecision;
import org.perceiveir.streams.pass.RoutingPolicy;
import org.perceiveir.streams.pass.ShadowResult;
import org.perceiveir.streams.payload.Payloads;
import org.perceiveir.streams.trace.FrameTracer;

class RestorationTopologyTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.678901Z");
  private static final long MAX_PIXELS = 5_000_000_000L;
  private static final FrameLimit NO_LIMIT = new FrameLimit(MAX_PIXELS, MAX_PIXELS);

  private static EmbeddedSchemaRegistry registry;
  private static Serializer<Frame> frames;
  private static Deserializer<RestoredFrame> restoredFrames;
  private static Deserializer<FrameTelemetry> telemetries;

  private final MeterRegistry registered = new SimpleMeterRegistry();
  private final FrameMeters meters = new FrameMeters(registered, 1);
  private final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private OpenTelemetry tracing = OpenTelemetry.noop();
  private @Nullable MicroBatcher batcher;
  private @Nullable Payloads payloads;
  private @Nullable TopologyTestDriver driver;
  private final List<EndedFrame> seen = new ArrayList<>();
  private boolean failed;

  // Set by start(), with which every test begins.
  @SuppressWarnings("NullAway.Init")
  private TestInputTopic<byte[], byte[]> input;

  @SuppressWarnings("NullAway.Init")
  private TestOutputTopic<byte[], byte[]> restored;

  @SuppressWarnings("NullAway.Init")
  private TestOutputTopic<byte[], byte[]> telemetry;

  @SuppressWarnings("NullAway.Init")
  private TestOutputTopic<byte[], byte[]> deadLetters;

  @BeforeAll
  static void startRegistry() {
    registry = EmbeddedSchemaRegistry.start(0);
    Map<String, String> settings = Map.of("schema.registry.url", registry.url());
    frames = ConfluentAvroSerde.forValue(Frame.class, settings).serializer();
    restoredFrames = ConfluentAvroSerde.forValue(RestoredFrame.class, settings).deserializer();
    telemetries = ConfluentAvroSerde.forValue(FrameTelemetry.class, settings).deserializer();
  }

  @AfterAll
  static void stopRegistry() {
    registry.close();
  }

  @AfterEach
  void closeDriver() {
    if (driver != null) {
      TopologyTestDriver open = driver;
      if (failed) {
        // After a failure the barrier stays armed, so that the task cannot commit; see WriteFrames.
        assertThatThrownBy(open::close)
            .isInstanceOf(ProcessorStateException.class)
            .hasMessageContaining(RestorationTopology.BARRIER);
      } else {
        open.close();
      }
    }
    if (batcher != null) {
      batcher.close();
    }
    if (payloads != null) {
      payloads.close();
    }
  }

  private void start(UnaryOperator<RgbImage> operation, String... pairs) {
    start(operation, NO_LIMIT, registry.url(), pairs);
  }

  private void start(
      UnaryOperator<RgbImage> operation, FrameLimit limit, String registryUrl, String... pairs) {
    start(FramePass.through(new FakeRestorer(operation)), limit, registryUrl, pairs);
  }

  private void start(FramePass pass, FrameLimit limit, String registryUrl, String... pairs) {
    Map<String, String> settings = new HashMap<>();
    settings.put("kafka.bootstrap.servers", "none:1");
    settings.put("schema.registry.url", registryUrl);
    settings.put("schema.registry.max.retries", "0");
    settings.put("frame.max.bytes", String.valueOf(BadFrames.FRAME_MAX_BYTES));
    settings.put("decode.max.scans", "4");
    for (int i = 0; i < pairs.length; i += 2) {
      settings.put(pairs[i], pairs[i + 1]);
    }
    ServiceConfig config = ServiceConfig.of(settings);
    MicroBatcher shared =
        new MicroBatcher(pass, 8, Duration.ofDays(1), Duration.ofDays(1), Duration.ofMinutes(1));
    shared.start();
    batcher = shared;
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    TopologyTestDriver started =
        new TopologyTestDriver(
            RestorationTopology.build(
                config,
                new Collaborators(
                    shared,
                    new FrameWindow(16, 1L << 30, Duration.ofSeconds(60)),
                    FrameSerdes.confluent(config.serdeSettings()),
                    meters,
                    FrameTracer.of(tracing),
                    new LoudAtFirst(),
                    limit,
                    open(config),
                    seen::add,
                    () -> NOW)),
            properties);
    driver = started;
    ByteArraySerializer writes = new ByteArraySerializer();
    ByteArrayDeserializer reads = new ByteArrayDeserializer();
    input = started.createInputTopic(config.inputTopic(), writes, writes);
    restored = started.createOutputTopic(config.restoredTopic(), reads, reads);
    telemetry = started.createOutputTopic(config.telemetryTopic(), reads, reads);
    deadLetters = started.createOutputTopic(config.deadLetterTopic(), reads, reads);
  }

  private Payloads open(ServiceConfig config) {
    Payloads opened = Payloads.open(config);
    payloads = opened;
    return opened;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static byte[] frame(String source, long sequence) {
    return frame(source, sequence, FrameEncoding.PNG, BadFrames.image(16, 8));
  }

  private static byte[] frame(
      String source, long sequence, FrameEncoding encoding, RgbImage image) {
    byte[] payload = ImageEncoder.encode(image, ImageFormat.valueOf(encoding.name()));
    Frame frame =
        BadFrames.frame(source, sequence, image.width(), image.height(), encoding, payload);
    frame.setAttributes(Map.of("lens", "left"));
    return frames.serialize("frames.degraded", frame);
  }

  private static RestoredFrame restoredFrame(TestRecord<byte[], byte[]> record) {
    return restoredFrames.deserialize("frames.restored", record.value());
  }

  private List<FrameTelemetry> readTelemetry() {
    List<FrameTelemetry> all = new ArrayList<>();
    for (byte[] value : telemetry.readValuesToList()) {
      all.add(telemetries.deserialize("telemetry.frames", value));
    }
    return all;
  }

  private static String header(TestRecord<byte[], byte[]> record, String name) {
    return new String(record.headers().lastHeader(name).value(), UTF_8);
  }

  private static Assessment tier(int best, float probability) {
    List<Float> all = new ArrayList<>(Collections.nCopies(3, (1 - probability) / 2));
    all.set(best, probability);
    return new Assessment(RoutingPolicy.TIERS.get(best), RoutingPolicy.TIERS, all);
  }

  @Test
  void shouldWriteAnExcellentFrameAsItCameAndSayWhy() throws Exception {
    RouteDecision decision =
        new RouteDecision(Route.PASS_THROUGH, "excellent 0.97: route.excellent=pass-through");
    start(
        passing(
            frame ->
                new PassedFrame(
                    frame,
                    decision,
                    null,
                    null,
                    new PassedFrame.Judgement(tier(2, 0.96f), null, null, 2_000_000L, null),
                    null)),
        NO_LIMIT,
        registry.url(),
        "output.encoding",
        "jpeg");
    byte[] payload = ImageEncoder.encode(BadFrames.image(16, 8), ImageFormat.PNG);

    input.pipeInput(bytes("cam"), frame("cam", 7));

    RestoredFrame result = restoredFrame(restored.readRecord());
    assertThat(result.getOperation()).isEqualTo(RestorationOperation.PASSED_THROUGH);
    assertThat(result.getEncoding()).isEqualTo(FrameEncoding.PNG);
    assertThat(result.getImage()).isEqualTo(ByteBuffer.wrap(payload));
    assertThat(result.getBundleName()).isNull();
    FrameTelemetry told = readTelemetry().get(0);
    assertThat(told.getOutcome()).isEqualTo(FrameOutcome.PASSED_THROUGH);
    assertThat(told.getReason()).isEqualTo("ROUTED: excellent 0.97: route.excellent=pass-through");
    assertThat(told.getRoute()).isEqualTo(FrameRoute.PASS_THROUGH);
    assertThat(told.getBundleName()).isNull();
    assertThat(told.getTiersBefore().getExcellent()).isEqualTo(0.96f);
    assertThat(told.getTiersBeforeMicros()).isEqualTo(2_000L);
    assertThat(told.getTiersAfter()).isNull();
    assertThat(told.getTimings().getInferMicros()).isZero();
  }

  /** The live page lives on it. */
  @Test
  void shouldShowEndedFramesWithTheirPixelsToTheListener() throws Exception {
    start(
        passing(
            frame ->
                new PassedFrame(
                    FakeRestorer.inverted(frame),
                    null,
                    new ModelIdentity("fake", "1", "cpu"),
                    1L,
                    new PassedFrame.Judgement(null, null, null, null, null),
                    null)),
        NO_LIMIT,
        registry.url());
    byte[] png = ImageEncoder.encode(BadFrames.image(16, 8), ImageFormat.PNG);
    Frame lies = BadFrames.frame("cam", 8, 8, 8, FrameEncoding.PNG, png);

    input.pipeInput(bytes("cam"), frame("cam", 7));
    input.pipeInput(bytes("cam"), frames.serialize("frames.degraded", lies));
    input.pipeInput(bytes("key"), bytes("no frame"));

    List<FrameTelemetry> told = readTelemetry();
    assertThat(seen).extracting(EndedFrame::telemetry).containsExactlyElementsOf(told);
    EndedFrame restoredOne = seen.get(0);
    assertThat(Objects.requireNonNull(restoredOne.degraded()).rgb())
        .isEqualTo(BadFrames.image(16, 8).rgb());
    assertThat(Objects.requireNonNull(restoredOne.restored()).rgb())
        .isEqualTo(FakeRestorer.inverted(BadFrames.image(16, 8)).rgb());
    assertThat(restoredOne.dead()).isNull();
    EndedFrame.Dead lying = Objects.requireNonNull(seen.get(1).dead());
    assertThat(lying.reason()).isEqualTo(DeadLetterReason.SIZE_MISMATCH);
    assertThat(lying.payload()).isEqualTo(png);
    assertThat(lying.encoding()).isEqualTo(FrameEncoding.PNG);
    EndedFrame.Dead unread = Objects.requireNonNull(seen.get(2).dead());
    assertThat(unread.payload()).isNull();
    assertThat(unread.value()).isEqualTo(bytes("no frame"));
    assertThat(unread.key()).isEqualTo(bytes("key"));
  }

  @Test
  void shouldTellWhatPerceiverNetworkAndCandidateSawInARestoredFrame() throws Exception {
    ModelIdentity light = new ModelIdentity("light", "2+abc", "gpu:1");
    start(
        passing(
            frame ->
                new PassedFrame(
                    frame,
                    new RouteDecision(Route.LIGHT, "mediocre 0.80: route.mediocre=light"),
                    light,
                    3_000_000L,
                    new PassedFrame.Judgement(
                        tier(1, 0.8f),
                        tier(2, 0.9f),
                        new DegradationEstimate("rain", 0.125f),
                        1_000_000L,
                        2_000_000L),
                    new ShadowResult(
                        new ModelIdentity("next", "3", "cpu"),
                        Double.POSITIVE_INFINITY,
                        tier(2, 0.7f),
                        4_000_000L,
                        null))),
        NO_LIMIT,
        registry.url());

    input.pipeInput(bytes("cam"), frame("cam", 7));

    assertThat(restoredFrame(restored.readRecord()).getBundleName()).isEqualTo("light");
    FrameTelemetry told = readTelemetry().get(0);
    assertThat(told.getOutcome()).isEqualTo(FrameOutcome.RESTORED);
    assertThat(told.getRoute()).isEqualTo(FrameRoute.LIGHT);
    assertThat(told.getRouteReason()).isEqualTo("mediocre 0.80: route.mediocre=light");
    assertThat(told.getBundleVersion()).isEqualTo("2+abc");
    assertThat(told.getDevice()).isEqualTo("gpu:1");
    assertThat(told.getTimings().getInferMicros()).isEqualTo(3_000L);
    assertThat(told.getDegradation()).isEqualTo("rain");
    assertThat(told.getDegradationDistance()).isEqualTo(0.125f);
    assertThat(told.getTiersAfter().getExcellent()).isEqualTo(0.9f);
    assertThat(told.getTiersAfterMicros()).isEqualTo(2_000L);
    assertThat(told.getShadow().getBundleName()).isEqualTo("next");
    assertThat(told.getShadow().getPsnrDb()).isInfinite();
    assertThat(told.getShadow().getInferMicros()).isEqualTo(4_000L);
  }

  private static FramePass passing(Function<RgbImage, PassedFrame> each) {
    return new FramePass() {
      @Override
      public List<PassedFrame> run(List<RgbImage> frames) {
        return frames.stream().map(each).toList();
      }

      @Override
      public ModelIdentity model() {
        return new ModelIdentity("full", "1", "cpu");
      }
    };
  }

  @Test
  void shouldRestoreAFrameAndSayHow() throws Exception {
    start(FakeRestorer::inverted);
    RecordHeaders headers = new RecordHeaders();
    headers.add("trace", bytes("abc"));
    byte[] value = frame("cam", 7);

    input.pipeInput(new TestRecord<>(bytes("cam"), value, headers, 1_234L));

    TestRecord<byte[], byte[]> record = restored.readRecord();
    RestoredFrame result = restoredFrame(record);
    assertThat(record.key()).isEqualTo(bytes("cam"));
    assertThat(record.timestamp()).isEqualTo(1_234L);
    assertThat(header(record, "trace")).isEqualTo("abc");
    assertThat(result.getIdentity().getSequence()).isEqualTo(7);
    assertThat(result.getOperation()).isEqualTo(RestorationOperation.RESTORED);
    assertThat(result.getEncoding()).isEqualTo(FrameEncoding.PNG);
    assertThat(result.getBundleName()).isEqualTo("fake");
    assertThat(result.getAttributes()).containsEntry("lens", "left");
    assertThat(result.getTimings().getInferMicros()).isNotNull();
    assertThat(
            new ImageDecoder(DecodeLimits.defaults())
                .decode(FramePayload.bytes(result.getImage()))
                .rgb())
        .isEqualTo(FakeRestorer.inverted(BadFrames.image(16, 8)).rgb());

    FrameTelemetry told = readTelemetry().get(0);
    assertThat(told.getOutcome()).isEqualTo(FrameOutcome.RESTORED);
    assertThat(told.getReason()).isNull();
    assertThat(told.getInputTopic()).isEqualTo("frames.degraded");
    assertThat(told.getInputOffset()).isZero();
    assertThat(told.getBytesIn()).isEqualTo(value.length);
    assertThat(told.getBytesOut()).isEqualTo(result.getImage().remaining());
    assertThat(told.getBatchSize()).isEqualTo(1);
    assertThat(told.getProcessedTimeMicros()).isEqualTo(1_767_323_045_678_901L);
    assertThat(deadLetters.isEmpty()).isTrue();
  }

  @Test
  void shouldKeepTheOrderOfEachSourceWhenSourcesInterleave() {
    start(FakeRestorer::inverted);
    for (int i = 0; i < 20; i++) {
      input.pipeInput(bytes("a"), frame("a", i));
      input.pipeInput(bytes("b"), frame("b", i));
    }

    Map<String, List<Long>> sequences = new HashMap<>();
    restored
        .readRecordsToList()
        .forEach(
            record -> {
              RestoredFrame frame = restoredFrame(record);
              sequences
                  .computeIfAbsent(frame.getIdentity().getSourceId(), s -> new ArrayList<>())
                  .add(frame.getIdentity().getSequence());
            });
    assertThat(sequences.get("a")).hasSize(20).isSorted();
    assertThat(sequences.get("b")).hasSize(20).isSorted();
  }

  static List<BadFrames.BadFrame> badFrames() {
    return BadFrames.all("frames.degraded", Map.of("schema.registry.url", registry.url()));
  }

  @ParameterizedTest
  @MethodSource("badFrames")
  void shouldDeadLetterABadFrameWithItsRawBytesAndTheReason(BadFrames.BadFrame bad) {
    start(FakeRestorer::inverted);
    RecordHeaders headers = new RecordHeaders();
    headers.add("trace", bytes("abc"));

    input.pipeInput(new TestRecord<>(bytes("the-key"), bad.value(), headers, 5L));
    input.pipeInput(bytes("cam"), frame("cam", 1));

    TestRecord<byte[], byte[]> letter = deadLetters.readRecord();
    assertThat(header(letter, DeadLetters.REASON_HEADER)).isEqualTo(bad.reason().name());
    assertThat(letter.key()).isEqualTo(bytes("the-key"));
    assertThat(header(letter, "trace")).isEqualTo("abc");
    assertThat(header(letter, "__streams.errors.topic")).isEqualTo("frames.degraded");
    assertThat(header(letter, "__streams.errors.partition")).isEqualTo("0");
    assertThat(header(letter, "__streams.errors.offset")).isEqualTo("0");
    assertThat(header(letter, "__streams.errors.exception")).contains("Exception");
    assertThat(header(letter, "__streams.errors.message")).isNotBlank();
    assertThat(header(letter, "__streams.errors.stacktrace")).contains("\tat ");
    assertThat(letter.value()).isEqualTo(bad.value());
    assertThat(deadLetters.isEmpty()).isTrue();

    List<FrameTelemetry> told = readTelemetry();
    assertThat(told).extracting(FrameTelemetry::getInputOffset).containsExactly(0L, 1L);
    assertThat(told)
        .extracting(FrameTelemetry::getOutcome)
        .containsExactly(FrameOutcome.DEAD_LETTERED, FrameOutcome.RESTORED);
    assertThat(told.get(0).getReason()).startsWith(bad.reason() + ": ");
    assertThat(restored.readRecordsToList()).hasSize(1);
    assertThat(meters.snapshot().deadLetterReasons()).containsEntry(bad.reason().name(), 1L);
  }

  @Test
  void shouldUseTheKeyUnknownWhenABadRecordHasNone() {
    start(FakeRestorer::inverted);

    input.pipeInput(new TestRecord<>(null, bytes("junk")));

    assertThat(deadLetters.readRecord().key()).isEqualTo(bytes("unknown"));
    assertThat(telemetry.readRecord().key()).isEqualTo(bytes("unknown"));
  }

  /** Otherwise one source spreads over partitions as soon as a publisher keys differently. */
  @Test
  void shouldKeyResultsByTheSourceInTheFrameWhateverTheRecordsKey() {
    start(FakeRestorer::inverted);

    input.pipeInput(new TestRecord<>(null, frame("cam", 1)));
    input.pipeInput(bytes("other"), frame("cam", 2));

    assertThat(restored.readRecordsToList())
        .extracting(record -> new String(record.key(), UTF_8))
        .containsExactly("cam", "cam");
    assertThat(telemetry.readRecordsToList())
        .extracting(record -> new String(record.key(), UTF_8))
        .containsExactly("cam", "cam");
  }

  @Test
  void shouldDeadLetterAFrameWhenItsMetadataAreABomb() {
    start(FakeRestorer::inverted, "frame.max.bytes", "1048576");
    byte[] value =
        frames.serialize(
            "frames.degraded",
            BadFrames.frame("cam", 0, 16, 8, FrameEncoding.PNG, BadFrames.metadataBomb()));

    input.pipeInput(bytes("cam"), value);

    assertThat(restored.isEmpty()).isTrue();
    TestRecord<byte[], byte[]> letter = deadLetters.readRecord();
    assertThat(header(letter, DeadLetters.REASON_HEADER)).isEqualTo("IMAGE_TOO_MANY_BYTES");
    assertThat(header(letter, DeadLetters.MESSAGE_HEADER)).contains("metadata");
    assertThat(letter.value()).isEqualTo(value);
  }

  @Test
  void shouldDeadLetterAFrameThatWouldOutlastTheTransaction() {
    start(FakeRestorer::inverted, new FrameLimit(127, MAX_PIXELS), registry.url());

    input.pipeInput(bytes("cam"), frame("cam", 1));

    TestRecord<byte[], byte[]> letter = deadLetters.readRecord();
    assertThat(header(letter, DeadLetters.REASON_HEADER)).isEqualTo("FRAME_TOO_SLOW");
    assertThat(header(letter, DeadLetters.MESSAGE_HEADER))
        .contains("16x8 has 128 pixels")
        .contains("warmup.frame.size");
  }

  @Test
  void shouldDeadLetterAFrameThatTheNetworkFailsOn() {
    start(
        frame -> {
          throw new IllegalArgumentException("no such kernel");
        });

    input.pipeInput(bytes("cam"), frame("cam", 1));

    TestRecord<byte[], byte[]> letter = deadLetters.readRecord();
    assertThat(header(letter, DeadLetters.REASON_HEADER)).isEqualTo("RESTORE_FAILED");
    assertThat(header(letter, DeadLetters.MESSAGE_HEADER)).contains("no such kernel");
    FrameTelemetry told = readTelemetry().get(0);
    assertThat(told.getOutcome()).isEqualTo(FrameOutcome.DEAD_LETTERED);
    assertThat(told.getBundleName()).isEqualTo("fake");
    assertThat(told.getBytesOut()).isZero();
  }

  @Test
  void shouldPassAFrameThroughUnchangedWhenToldSo() {
    start(
        frame -> {
          throw new IllegalArgumentException("no such kernel");
        },
        "on.restore.error",
        "pass-through",
        "output.encoding",
        "jpeg");

    input.pipeInput(bytes("cam"), frame("cam", 1));

    RestoredFrame passed = restoredFrame(restored.readRecord());
    assertThat(passed.getOperation()).isEqualTo(RestorationOperation.PASSED_THROUGH);
    assertThat(passed.getEncoding()).isEqualTo(FrameEncoding.PNG);
    assertThat(FramePayload.bytes(passed.getImage()))
        .isEqualTo(ImageEncoder.encode(BadFrames.image(16, 8), ImageFormat.PNG));
    assertThat(passed.getBundleName()).isNull();
    FrameTelemetry told = readTelemetry().get(0);
    assertThat(told.getOutcome()).isEqualTo(FrameOutcome.PASSED_THROUGH);
    assertThat(told.getReason()).startsWith("RESTORE_FAILED: ");
    assertThat(deadLetters.isEmpty()).isTrue();
  }

  /** A result that only the producer finds too large ends its thread, for ever. */
  @Test
  void shouldDeadLetterAFrameWhoseResultDoesNotFitIntoARecord() {
    start(FakeRestorer::inverted, "output.encoding", "rgb8");
    RgbImage large = RgbImage.wrap(700, 700, new byte[3 * 700 * 700]);

    input.pipeInput(bytes("cam"), frame("cam", 1, FrameEncoding.PNG, large));

    TestRecord<byte[], byte[]> letter = deadLetters.readRecord();
    assertThat(header(letter, DeadLetters.REASON_HEADER)).isEqualTo("OUTPUT_TOO_LARGE");
    assertThat(header(letter, DeadLetters.MESSAGE_HEADER)).contains("frame.max.bytes");
    assertThat(readTelemetry()).hasSize(1);
  }

  @Test
  void shouldEncodeAsConfigured() {
    start(FakeRestorer::inverted, "output.encoding", "jpeg");

    input.pipeInput(bytes("cam"), frame("cam", 1));
    input.pipeInput(bytes("cam"), frame("cam", 2, FrameEncoding.RGB8, BadFrames.image(5, 3)));

    assertThat(restored.readRecordsToList())
        .extracting(record -> restoredFrame(record).getEncoding())
        .containsExactly(FrameEncoding.JPEG, FrameEncoding.JPEG);
  }

  @Test
  void shouldCutADeadLetterThatWouldNotFitAndSayFromWhatSize() {
    start(FakeRestorer::inverted);
    byte[] huge = new byte[BadFrames.FRAME_MAX_BYTES + (3 << 20)];
    RecordHeaders headers = new RecordHeaders();
    headers.add("large", new byte[100_000]);

    input.pipeInput(new TestRecord<>(new byte[5_000], huge, headers, 1L));

    TestRecord<byte[], byte[]> letter = deadLetters.readRecord();
    assertThat(letter.value().length).isBetween(1 << 20, BadFrames.FRAME_MAX_BYTES + (1 << 20));
    assertThat(header(letter, DeadLetters.CUT_HEADER)).startsWith("3");
    assertThat(letter.key()).isEqualTo(bytes("unknown"));
    assertThat(letter.headers().lastHeader("large")).isNull();
  }

  @Test
  void shouldTellTheNewStoryWhenADeadLetterIsSentInAgain() {
    start(FakeRestorer::inverted);
    RecordHeaders headers = new RecordHeaders();
    headers.add("__streams.errors.topic", bytes("frames.old"));

    input.pipeInput(new TestRecord<>(bytes("k"), bytes("junk"), headers, 1L));

    TestRecord<byte[], byte[]> letter = deadLetters.readRecord();
    assertThat(letter.headers().headers("__streams.errors.topic")).hasSize(1);
    assertThat(header(letter, "__streams.errors.topic")).isEqualTo("frames.degraded");
  }

  /** A replay must send the record as it was, and null is another key than "unknown". */
  @Test
  void shouldSayInADeadLetterThatItsRecordHadNoKey() {
    start(FakeRestorer::inverted);
    RecordHeaders stale = new RecordHeaders();
    stale.add(DeadLetters.KEY_ABSENT_HEADER, bytes("true"));

    input.pipeInput(new TestRecord<>(null, bytes("junk"), new RecordHeaders(), 1L));
    input.pipeInput(new TestRecord<>(bytes("unknown"), bytes("junk"), stale, 2L));

    TestRecord<byte[], byte[]> without = deadLetters.readRecord();
    assertThat(without.key()).isEqualTo(bytes("unknown"));
    assertThat(header(without, DeadLetters.KEY_ABSENT_HEADER)).isEqualTo("true");
    TestRecord<byte[], byte[]> with = deadLetters.readRecord();
    assertThat(with.key()).isEqualTo(bytes("unknown"));
    assertThat(with.headers().lastHeader(DeadLetters.KEY_ABSENT_HEADER)).isNull();
  }

  /** A frame captured so long before NOW. */
  private static byte[] captured(Duration before, RgbImage image) {
    Frame frame =
        BadFrames.frame(
            "cam",
            1,
            image.width(),
            image.height(),
            FrameEncoding.PNG,
            ImageEncoder.encode(image, ImageFormat.PNG));
    frame
        .getIdentity()
        .setCaptureTimeMicros(ChronoUnit.MICROS.between(Instant.EPOCH, NOW.minus(before)));
    return frames.serialize("frames.degraded", frame);
  }

  private void pipe(byte[] value, RecordHeaders headers) {
    input.pipeInput(new TestRecord<>(bytes("cam"), value, headers, NOW.toEpochMilli()));
  }

  @Test
  void shouldShedAFrameThatIsTooOldAndSayHowOld() {
    start(FakeRestorer::inverted, "frame.max.age.ms", "1000");
    RecordHeaders headers = new RecordHeaders();
    headers.add("priority", bytes("3"));

    input.pipeInput(
        new TestRecord<>(
            bytes("cam"),
            captured(Duration.ofMillis(1_500), BadFrames.image(16, 8)),
            headers,
            NOW.minusMillis(400).toEpochMilli()));

    FrameTelemetry told = readTelemetry().get(0);
    assertThat(told.getOutcome()).isEqualTo(FrameOutcome.SHED);
    assertThat(told.getReason())
        .isEqualTo(
            "TOO_OLD: the frame is 1500 ms old, 400 ms of it since its record came; the limit is"
                + " frame.max.age.ms=1000");
    assertThat(told.getTimings().getQueueMicros()).isNull();
    assertThat(told.getAgeMicros()).isEqualTo(1_500_000);
    assertThat(told.getAgeOrigin()).isEqualTo(AgeOrigin.CAPTURE_TIME);
    assertThat(told.getPriority()).isEqualTo(3);
    assertThat(told.getIdentity().getSourceId()).isEqualTo("cam");
    assertThat(told.getBytesOut()).isZero();
    assertThat(told.getBundleName()).isNull();
    assertThat(restored.isEmpty()).isTrue();
    assertThat(deadLetters.isEmpty()).isTrue();
    assertThat(meters.snapshot().shed()).isEqualTo(1);
    assertThat(shed("TOO_OLD")).isEqualTo(1);
  }

  private double shed(String reason) {
    return registered
        .get("perceive.shed.frames")
        .tags("reason", reason, "source", "cam")
        .counter()
        .count();
  }

  /** Who looks for the cause at night must see that it is the device, and for how long it took. */
  @Test
  void shouldTellApartAFrameThatExpiredInTheQueueAndOneThatWouldHave() throws Exception {
    start(
        FramePass.through(new FakeRestorer().taking(1_000, 0)),
        NO_LIMIT,
        registry.url(),
        "frame.max.age.ms",
        "1000");
    MicroBatcher shared = Objects.requireNonNull(batcher);
    byte[] late = captured(Duration.ofMillis(900), BadFrames.image(16, 8));
    FrameRequest ahead = FrameRequest.of(BadFrames.image(8, 8));

    CountDownLatch entered = new CountDownLatch(1);
    Thread other = new Thread(() -> passThrough(shared, ahead, entered));
    other.start();
    entered.await();
    while (other.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    pipe(late, new RecordHeaders());
    other.join();

    FrameTelemetry expired = readTelemetry().get(0);
    assertThat(expired.getOutcome()).isEqualTo(FrameOutcome.SHED);
    assertThat(expired.getReason())
        .matches("EXPIRED: the frame is \\d+ ms old, \\d+ ms of it in the wait for its pass; .*");
    assertThat(expired.getTimings().getQueueMicros()).isGreaterThan(500_000);
    assertThat(expired.getAgeMicros()).isGreaterThan(1_000_000);
    assertThat(shed("EXPIRED")).isEqualTo(1);

    try (MicroBatcher.Membership full = shared.join()) {
      for (int i = 0; i < 8; i++) {
        full.submit(ahead);
      }
      while (shared.expectedWaitNanos(0) < 500_000_000) {
        Thread.onSpinWait();
      }
      pipe(late, new RecordHeaders());
    }

    FrameTelemetry hopeless = readTelemetry().get(0);
    assertThat(hopeless.getReason())
        .matches(
            "WAIT_TOO_LONG: the frame is 900 ms old and would wait for \\d+ ms more until the network"
                + " is free; the limit is frame.max.age.ms=1000");
    assertThat(hopeless.getTimings().getDecodeMicros()).isNull();
    assertThat(shed("WAIT_TOO_LONG")).isEqualTo(1);
  }

  private static void passThrough(
      MicroBatcher shared, FrameRequest request, CountDownLatch entered) {
    try (MicroBatcher.Membership member = shared.join()) {
      Ticket ticket = member.submit(request);
      entered.countDown();
      member.await(ticket::hasEnded);
    }
  }

  /** Under load nothing is fetched for frames that nobody will see. */
  @Test
  void shouldShedAFrameThatIsTooOldBeforeItLooksForItsPixels() {
    start(FakeRestorer::inverted, "frame.max.age.ms", "1000");
    Frame frame = BadFrames.frame("cam", 1, 16, 8, FrameEncoding.PNG, bytes("unused"));
    frame.setPayload(new ExternalPayload("file:///frames/none.png", 17L, new Sha256(new byte[32])));
    frame.getIdentity().setCaptureTimeMicros(NOW.minusSeconds(2).toEpochMilli() * 1000);

    pipe(frames.serialize("frames.degraded", frame), new RecordHeaders());

    assertThat(readTelemetry().get(0).getOutcome()).isEqualTo(FrameOutcome.SHED);
    assertThat(deadLetters.isEmpty()).isTrue();
  }

  @Test
  void shouldRestoreAFrameThatIsYoungEnoughAndSayItsAgeAtTheNetwork() {
    start(FakeRestorer::inverted, "frame.max.age.ms", "60000");

    pipe(captured(Duration.ofMillis(900), BadFrames.image(16, 8)), new RecordHeaders());

    FrameTelemetry told = readTelemetry().get(0);
    assertThat(told.getOutcome()).isEqualTo(FrameOutcome.RESTORED);
    assertThat(told.getAgeMicros()).isBetween(900_000L, 60_000_000L);
  }

  @Test
  void shouldLetAShedFrameGoOnUntouchedWhenToldSo() throws Exception {
    start(FakeRestorer::inverted, "frame.max.age.ms", "1000", "on.shed", "pass-through");

    pipe(captured(Duration.ofSeconds(2), BadFrames.image(16, 8)), new RecordHeaders());

    RestoredFrame passed = restoredFrame(restored.readRecord());
    assertThat(passed.getOperation()).isEqualTo(RestorationOperation.PASSED_THROUGH);
    assertThat(FramePayload.bytes(passed.getImage()))
        .isEqualTo(ImageEncoder.encode(BadFrames.image(16, 8), ImageFormat.PNG));
    FrameTelemetry told = readTelemetry().get(0);
    assertThat(told.getOutcome()).isEqualTo(FrameOutcome.SHED);
    assertThat(told.getBytesOut()).isEqualTo(passed.getImage().remaining());
  }

  /** Under load, too, nobody downstream is to meet an image that is none. */
  @Test
  void shouldDeadLetterAShedFrameWhoseHeaderLiesInsteadOfPassingItOn() {
    start(FakeRestorer::inverted, "frame.max.age.ms", "1000", "on.shed", "pass-through");
    Frame lying = BadFrames.frame("cam", 1, 16, 8, FrameEncoding.PNG, bytes("no image at all"));
    lying.getIdentity().setCaptureTimeMicros(NOW.minusSeconds(2).toEpochMilli() * 1000);

    pipe(frames.serialize("frames.degraded", lying), new RecordHeaders());

    assertThat(restored.isEmpty()).isTrue();
    assertThat(header(deadLetters.readRecord(), DeadLetters.REASON_HEADER))
        .isEqualTo("IMAGE_UNKNOWN_FORMAT");
  }

  @Test
  void shouldCountTheAgeFromTheRecordAndTheSkewWhenACamerasClockIsWrong() {
    start(FakeRestorer::inverted, "frame.max.age.ms", "1000");

    pipe(captured(Duration.ofDays(20_000), BadFrames.image(16, 8)), new RecordHeaders());

    FrameTelemetry told = readTelemetry().get(0);
    assertThat(told.getOutcome()).isEqualTo(FrameOutcome.RESTORED);
    assertThat(told.getAgeOrigin()).isEqualTo(AgeOrigin.APPEND_TIME_CLOCK_SKEW);
    assertThat(meters.snapshot().clockSkews()).isEqualTo(1);
  }

  @Test
  void shouldNotShedAFrameThatWasSentAgain() {
    start(FakeRestorer::inverted, "frame.max.age.ms", "1000");
    RecordHeaders headers = new RecordHeaders();
    headers.add("perceive.replay.attempt", bytes("2"));

    pipe(captured(Duration.ofSeconds(30), BadFrames.image(16, 8)), headers);

    FrameTelemetry told = readTelemetry().get(0);
    assertThat(told.getOutcome()).isEqualTo(FrameOutcome.RESTORED);
    assertThat(told.getAttempt()).isEqualTo(2);
  }

  @Test
  void shouldDeadLetterAFrameForWhichTheHeapHasNoRoom() {
    start(FakeRestorer::inverted, new FrameLimit(MAX_PIXELS, 127), registry.url());

    input.pipeInput(bytes("cam"), frame("cam", 1));

    TestRecord<byte[], byte[]> letter = deadLetters.readRecord();
    assertThat(header(letter, DeadLetters.REASON_HEADER)).isEqualTo("FRAME_TOO_LARGE");
    assertThat(header(letter, DeadLetters.MESSAGE_HEADER))
        .contains("16x8 has 128 pixels, the heap has room for 127")
        .contains("-Xmx");
  }

  @ParameterizedTest
  @ValueSource(strings = {"async", "blocking"})
  void shouldRestoreInEveryBatchModeWhateverTheKey(String mode) {
    start(FakeRestorer::inverted, "batch.mode", mode);

    input.pipeInput(new TestRecord<>(null, frame("cam", 1)));
    input.pipeInput(bytes("cam"), frame("cam", 2));
    input.pipeInput(new TestRecord<>(null, bytes("junk")));

    assertThat(restored.readRecordsToList()).hasSize(2);
    assertThat(readTelemetry())
        .extracting(FrameTelemetry::getInputOffset)
        .containsExactly(0L, 1L, 2L);
    assertThat(deadLetters.readRecordsToList()).hasSize(1);
  }

  /** The frame may be sound: it must stay in the input until the registry is back. */
  @Test
  void shouldLetARegistryOutageEscapeInsteadOfDeadLettering() {
    start(FakeRestorer::inverted, NO_LIMIT, "http://127.0.0.1:1");

    failed = true;
    assertThatThrownBy(() -> input.pipeInput(bytes("cam"), frame("cam", 1)))
        .hasStackTraceContaining(RegistryUnavailableException.class.getName());
    assertThat(deadLetters.isEmpty()).isTrue();
    assertThat(telemetry.isEmpty()).isTrue();
  }

  @Test
  void shouldLetFatalErrorsEscapeInsteadOfDeadLettering() {
    start(
        frame -> {
          throw new IllegalStateException("session closed");
        });

    failed = true;
    assertThatThrownBy(() -> input.pipeInput(bytes("cam"), frame("cam", 1)))
        .hasStackTraceContaining(BatcherClosedException.class.getName());
    assertThat(deadLetters.isEmpty()).isTrue();
    assertThat(telemetry.isEmpty()).isTrue();
  }

  private static String parent(String span) {
    return "00-0af7651916cd43dd8448eb211c80319c-" + span + "-01";
  }

  /** A restored frame, a dead one, and the telemetry of both. */
  private List<String> parentsOfResults() {
    RecordHeaders headers = new RecordHeaders();
    headers.add("traceparent", bytes(parent("b7ad6b7169203331")));
    input.pipeInput(new TestRecord<>(bytes("cam"), frame("cam", 1), headers, 1L));
    input.pipeInput(new TestRecord<>(bytes("cam"), new byte[0], headers, 1L));
    List<String> parents = new ArrayList<>();
    parents.add(header(restored.readRecord(), "traceparent"));
    parents.add(header(deadLetters.readRecord(), "traceparent"));
    telemetry.readRecordsToList().forEach(told -> parents.add(header(told, "traceparent")));
    return parents;
  }

  @ParameterizedTest
  @ValueSource(strings = {"async", "blocking"})
  void shouldCarryTheSpanOfAFrameToAllOfItsResults(String mode) {
    tracing =
        OpenTelemetrySdk.builder()
            .setTracerProvider(
                SdkTracerProvider.builder()
                    .addSpanProcessor(SimpleSpanProcessor.create(spans))
                    .build())
            .build();
    start(FakeRestorer::inverted, "batch.mode", mode);

    List<String> parents = parentsOfResults();

    List<SpanData> made = spans.getFinishedSpanItems();
    assertThat(made).extracting(SpanData::getParentSpanId).containsOnly("b7ad6b7169203331");
    assertThat(made)
        .extracting(span -> span.getAttributes().get(FrameTracer.OUTCOME))
        .containsExactly("RESTORED", "DEAD_LETTERED");
    assertThat(made.get(1).getAttributes().get(FrameTracer.REASON)).startsWith("EMPTY_VALUE");
    assertThat(made.get(0).getAttributes().get(FrameTracer.SOURCE)).isEqualTo("cam");
    assertThat(made.get(0).getAttributes().get(FrameTracer.BATCH_SIZE)).isEqualTo(1);
    assertThat(made.get(0).getAttributes().get(FrameTracer.BUNDLE_NAME)).isEqualTo("fake");
    String restoring = parent(made.get(0).getSpanId());
    String failing = parent(made.get(1).getSpanId());
    assertThat(parents).containsExactly(restoring, failing, restoring, failing);
  }

  @Test
  void shouldCarryTheSendersTraceToAllResultsWithoutAnSdk() {
    start(FakeRestorer::inverted);

    assertThat(parentsOfResults()).hasSize(4).containsOnly(parent("b7ad6b7169203331"));
  }
}
