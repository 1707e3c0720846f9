package org.perceiveir.streams.live;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.StageTimings;
import org.perceiveir.schemas.avro.TierProbabilities;
import org.perceiveir.streams.topology.DeadLetterReason;
import org.perceiveir.streams.topology.EndedFrame;

/** Ended frames to look at. */
final class Seen {
  private static long sequence;

  private Seen() {}

  static FrameTelemetry telemetry(@Nullable String source, FrameOutcome outcome) {
    FrameTelemetry telemetry = new FrameTelemetry();
    telemetry.setIdentity(source == null ? null : new FrameIdentity(source, 1L, ++sequence, null));
    telemetry.setInputTopic("frames.degraded");
    telemetry.setInputPartition(2);
    telemetry.setInputOffset(77L);
    telemetry.setOutcome(outcome);
    telemetry.setTimings(new StageTimings(1L, 2L, 34_000L, 4L));
    telemetry.setAgeMicros(120_000L);
    return telemetry;
  }

  static EndedFrame restored(String source) {
    return restored(source, 64, 48);
  }

  static EndedFrame restored(String source, int width, int height) {
    FrameTelemetry telemetry = telemetry(source, FrameOutcome.RESTORED);
    telemetry.setTiersBefore(new TierProbabilities(0.8f, 0.15f, 0.05f));
    telemetry.setTiersAfter(new TierProbabilities(0.02f, 0.08f, 0.9f));
    telemetry.setBundleName("base");
    telemetry.setBundleVersion("1");
    return new EndedFrame(telemetry, grey(width, height, 10), grey(width, height, 200), null);
  }

  static EndedFrame shed(String source) {
    FrameTelemetry telemetry = telemetry(source, FrameOutcome.SHED);
    telemetry.setReason("TOO_OLD: the frame is 900 ms old");
    return new EndedFrame(telemetry, null, null, null);
  }

  static EndedFrame passed(String source) {
    FrameTelemetry telemetry = telemetry(source, FrameOutcome.PASSED_THROUGH);
    telemetry.setReason("ROUTED: excellent 0.97");
    return new EndedFrame(telemetry, grey(32, 16, 90), null, null);
  }

  /** A letter with a payload that may or may not be a picture. */
  static EndedFrame letter(@Nullable String source, byte @Nullable [] payload, String message) {
    FrameTelemetry telemetry = telemetry(source, FrameOutcome.DEAD_LETTERED);
    telemetry.setReason("SIZE_MISMATCH: " + message);
    return new EndedFrame(
        telemetry,
        null,
        null,
        new EndedFrame.Dead(
            DeadLetterReason.SIZE_MISMATCH,
            message,
            "key\u0007".getBytes(UTF_8),
            FrameEncoding.PNG,
            64,
            48,
            payload,
            "raw value".getBytes(UTF_8)));
  }

  static byte[] png(int width, int height) {
    return ImageEncoder.encode(grey(width, height, 128), ImageFormat.PNG);
  }

  static RgbImage grey(int width, int height, int level) {
    byte[] rgb = new byte[3 * width * height];
    Arrays.fill(rgb, (byte) level);
    return RgbImage.wrap(width, height, rgb);
  }
}
