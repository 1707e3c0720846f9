package org.perceiveir.schemas.avro;

import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;

/**
 * One record of each schema with every field set, and one with as little as possible. Golden bytes
 * hold them, so the values never change; new fields get a value in the full record.
 */
public final class SampleRecords {
  private SampleRecords() {}

  /** The records in the golden files, by the files' names. */
  public static Map<String, SpecificRecord> all() {
    return Map.ofEntries(
        Map.entry("Frame", frame()),
        Map.entry("Frame-external", externalFrame()),
        Map.entry("RestoredFrame", restoredFrame()),
        Map.entry("RestoredFrame-external", externalRestoredFrame()),
        Map.entry("FrameTelemetry", telemetry()),
        Map.entry("FrameTelemetry-unreadable", unreadableTelemetry()),
        Map.entry("SourceTelemetry", sourceTelemetry()),
        Map.entry("SourceTelemetry-unreadable", unreadableSourceTelemetry()),
        Map.entry("QualityAlert", alert()),
        Map.entry("ModelOrder", modelOrder()),
        Map.entry("ModelStatus", modelStatus()));
  }

  public static ModelOrder modelOrder() {
    return ModelOrder.newBuilder()
        .setCommandId("0d6c31a9-6a3c-4d1e-8a55-2f8b9f0f6c11")
        .setAction(ModelAction.LOAD)
        .setSlot(ModelSlotName.SHADOW)
        .setBundleName("compact-2")
        .setBundleSha256("00ff".repeat(16))
        .setShare(0.25)
        .setIssuedAtMicros(1_700_000_000_123_456L)
        .setIssuer("operator@host")
        .build();
  }

  public static ModelStatus modelStatus() {
    return ModelStatus.newBuilder()
        .setInstance("perceive-streams-host-1a2b3c4d")
        .setSlot(ModelSlotName.SHADOW)
        .setState(ModelState.FAILED)
        .setBundleName("compact")
        .setBundleVersion("0+00ff00ff")
        .setBundleSha256("00ff".repeat(16))
        .setDevice("gpu:0")
        .setShare(0.25)
        .setFrameMicros(12_345L)
        .setCommandId("0d6c31a9-6a3c-4d1e-8a55-2f8b9f0f6c11")
        .setMessage("no such bundle")
        .setUpdatedAtMicros(1_700_000_000_223_456L)
        .build();
  }

  public static FrameIdentity identity() {
    return FrameIdentity.newBuilder()
        .setSourceId("crossing-\u00fc/7")
        .setStreamEpoch(1_700_000_000_123L)
        .setSequence(Long.MAX_VALUE)
        .setCaptureTimeMicros(1_700_000_000_123_456L)
        .build();
  }

  public static Frame frame() {
    return Frame.newBuilder()
        .setIdentity(identity())
        .setWidth(2)
        .setHeight(1)
        .setEncoding(FrameEncoding.RGB8)
        .setPayload(ByteBuffer.wrap(new byte[] {0, 1, 127, -128, -1, 64}))
        .setAttributes(Map.of("weather", "rain"))
        .build();
  }

  public static Frame externalFrame() {
    return Frame.newBuilder()
        .setIdentity(
            FrameIdentity.newBuilder().setSourceId("c").setStreamEpoch(0).setSequence(0).build())
        .setWidth(1920)
        .setHeight(1080)
        .setEncoding(FrameEncoding.PNG)
        .setPayload(reference("file:///frames/17.png"))
        .build();
  }

  private static ExternalPayload reference(String uri) {
    byte[] digest = new byte[32];
    for (int i = 0; i < digest.length; i++) {
      digest[i] = (byte) (i * 9);
    }
    return ExternalPayload.newBuilder()
        .setUri(uri)
        .setSizeBytes(3_000_000_000L)
        .setSha256(new Sha256(digest))
        .build();
  }

  public static RestoredFrame restoredFrame() {
    return RestoredFrame.newBuilder()
        .setIdentity(identity())
        .setWidth(2)
        .setHeight(1)
        .setEncoding(FrameEncoding.JPEG)
        .setImage(ByteBuffer.wrap(new byte[] {-1, -40, -1}))
        .setOperation(RestorationOperation.RESTORED)
        .setBundleName("compact")
        .setBundleVersion("0")
        .setDevice("CPU")
        .setTimings(timings())
        .setAttributes(Map.of("weather", "rain"))
        .build();
  }

  /** The pixels are outside Kafka: no image, but a reference. */
  public static RestoredFrame externalRestoredFrame() {
    RestoredFrame frame = restoredFrame();
    frame.setImage(ByteBuffer.allocate(0));
    frame.setExternal(reference("file:///restored/crossing=C3=BC=2F7/17.jpg"));
    return frame;
  }

  public static FrameTelemetry telemetry() {
    return FrameTelemetry.newBuilder()
        .setIdentity(identity())
        .setInputTopic("frames.degraded")
        .setInputPartition(3)
        .setInputOffset(1L << 40)
        .setOutcome(FrameOutcome.PASSED_THROUGH)
        .setReason("already excellent")
        .setTiersBefore(new TierProbabilities(0.125f, 0.25f, 0.625f))
        .setTiersAfter(new TierProbabilities(0f, 0.5f, 0.5f))
        .setDegradation("rain")
        .setDegradationDistance(0.25f)
        .setRoute(FrameRoute.PASS_THROUGH)
        .setRouteReason("excellent 0.62: route.excellent=pass-through")
        .setTiersBeforeMicros(4_000L)
        .setTiersAfterMicros(3_000L)
        .setShadow(
            new ShadowComparison(
                "candidate",
                "1+0123abcd",
                31.5,
                new TierProbabilities(0f, 0.25f, 0.75f),
                7_000L,
                null))
        .setBundleName("compact")
        .setBundleVersion("0")
        .setDevice("CPU")
        .setTimings(timings())
        .setBytesIn(100_000)
        .setBytesOut(120_000)
        .setBatchSize(4)
        .setAgeMicros(250_000L)
        .setAgeOrigin(AgeOrigin.CAPTURE_TIME)
        .setPriority(2)
        .setAttempt(1)
        .setProcessedTimeMicros(1_700_000_001_000_000L)
        .build();
  }

  public static FrameTelemetry unreadableTelemetry() {
    return FrameTelemetry.newBuilder()
        .setInputTopic("frames.degraded")
        .setInputPartition(0)
        .setInputOffset(0)
        .setOutcome(FrameOutcome.DEAD_LETTERED)
        .setReason("no magic byte")
        .setBytesIn(3)
        .setProcessedTimeMicros(1)
        .build();
  }

  public static SourceTelemetry sourceTelemetry() {
    return SourceTelemetry.newBuilder()
        .setSource("crossing-\u00fc/7")
        .setWindowStartMicros(1_700_000_000_000_000L)
        .setWindowEndMicros(1_700_000_010_000_000L)
        .setFrames(250)
        .setFramesPerSecond(25)
        .setOutcomes(new OutcomeCounts(240L, 5L, 3L, 2L))
        .setTiersBefore(new TierCounts(200L, 30L, 10L))
        .setTiersAfter(new TierCounts(0L, 4L, 20L))
        .setDegradations(Map.of("rain", 230L))
        .setBundles(Map.of("compact 0", 240L))
        .setRoutes(Map.of("FULL", 235L))
        .setAge(percentiles(100_000))
        .setQueue(percentiles(1_000))
        .setDecode(percentiles(2_000))
        .setInfer(percentiles(30_000))
        .setEncode(percentiles(4_000))
        .setBytesIn(25_000_000)
        .setBytesOut(30_000_000)
        .setSequences(new SequenceSpan(1L, 100L, 1L, 351L))
        .setReplayed(1)
        .setLate(1)
        .build();
  }

  public static SourceTelemetry unreadableSourceTelemetry() {
    return SourceTelemetry.newBuilder()
        .setSource("unknown")
        .setWindowStartMicros(0)
        .setWindowEndMicros(10_000_000)
        .setFrames(1)
        .setFramesPerSecond(0.1)
        .setOutcomes(OutcomeCounts.newBuilder().setDeadLettered(1).build())
        .build();
  }

  public static QualityAlert alert() {
    return QualityAlert.newBuilder()
        .setKind(AlertKind.SHEDDING)
        .setSource("crossing-\u00fc/7")
        .setState(AlertState.CLEARED)
        .setSinceMicros(1_700_000_000_000_000L)
        .setUntilMicros(1_700_000_060_000_000L)
        .setDecidedMicros(1_700_000_090_000_000L)
        .setEvidence("5 of 250 frames were shed")
        .setMeasurements(Map.of("shedShare", 0.02))
        .build();
  }

  private static LatencyPercentiles percentiles(long median) {
    return new LatencyPercentiles(250L, median, 2 * median, 3 * median, 4 * median);
  }

  private static StageTimings timings() {
    return StageTimings.newBuilder()
        .setQueueMicros(10L)
        .setDecodeMicros(200L)
        .setInferMicros(30_000L)
        .setEncodeMicros(null)
        .build();
  }
}
