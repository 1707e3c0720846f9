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
    return Map.of(
        "Frame", frame(),
        "Frame-external", externalFrame(),
        "RestoredFrame", restoredFrame(),
        "FrameTelemetry", telemetry(),
        "FrameTelemetry-unreadable", unreadableTelemetry(),
        "ModelOrder", modelOrder(),
        "ModelStatus", modelStatus());
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
    byte[] digest = new byte[32];
    for (int i = 0; i < digest.length; i++) {
      digest[i] = (byte) (i * 9);
    }
    return Frame.newBuilder()
        .setIdentity(
            FrameIdentity.newBuilder().setSourceId("c").setStreamEpoch(0).setSequence(0).build())
        .setWidth(1920)
        .setHeight(1080)
        .setEncoding(FrameEncoding.PNG)
        .setPayload(
            ExternalPayload.newBuilder()
                .setUri("file:///frames/17.png")
                .setSizeBytes(3_000_000_000L)
                .setSha256(new Sha256(digest))
                .build())
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

  private static StageTimings timings() {
    return StageTimings.newBuilder()
        .setQueueMicros(10L)
        .setDecodeMicros(200L)
        .setInferMicros(30_000L)
        .setEncodeMicros(null)
        .build();
  }
}
