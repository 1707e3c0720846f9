package org.perceiveir.streams.topology;

import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameTelemetry;

/**
 * An attempt that has ended, for those who watch. Arrays and images are shared: nobody may write to
 * them.
 *
 * @param telemetry as it is written
 * @param degraded the pixels that were handed in to the network; null where none were decoded
 * @param restored the pixels that were written; null where the frame was not restored
 * @param dead what is in the dead letter; null for other outcomes
 */
public record EndedFrame(
    FrameTelemetry telemetry,
    @Nullable RgbImage degraded,
    @Nullable RgbImage restored,
    @Nullable Dead dead) {

  /**
   * Why a record was dead-lettered, and what it holds. Nothing of it is to be trusted.
   *
   * @param reason the kind
   * @param message in words
   * @param key of the record
   * @param encoding that the frame declares; null where the record could not be read as a frame
   * @param width that the frame declares, in pixels; 0 where it could not be read
   * @param height that the frame declares, in pixels; 0 where it could not be read
   * @param payload the encoded pixels; null where they were not reached
   * @param value of the record
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Dead(
      DeadLetterReason reason,
      String message,
      byte @Nullable [] key,
      @Nullable FrameEncoding encoding,
      int width,
      int height,
      byte @Nullable [] payload,
      byte @Nullable [] value) {}
}
