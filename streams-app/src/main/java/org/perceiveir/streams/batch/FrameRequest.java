package org.perceiveir.streams.batch;

import org.perceiveir.imaging.RgbImage;

/**
 * One frame that asks for a pass of the network.
 *
 * @param image the degraded pixels
 * @param source whose turn it takes: sources take turns, frames of one source go in order
 * @param priority frames of higher priority go first
 * @param deadlineNanos the {@link System#nanoTime()} after which no pass may begin with this frame;
 *     {@link #NO_DEADLINE} for none
 */
public record FrameRequest(RgbImage image, String source, int priority, long deadlineNanos) {
  /** Never too old. */
  public static final long NO_DEADLINE = Long.MIN_VALUE;

  /** A frame that waits as long as it takes, among those of the same unnamed source. */
  public static FrameRequest of(RgbImage image) {
    return new FrameRequest(image, "", 0, NO_DEADLINE);
  }

  boolean expiredAt(long nanos) {
    return deadlineNanos != NO_DEADLINE && nanos - deadlineNanos > 0;
  }

  boolean sameSize(FrameRequest other) {
    return image.width() == other.image.width() && image.height() == other.image.height();
  }
}
