package org.perceiveir.streams.batch;

import org.perceiveir.imaging.RgbImage;
import org.perceiveir.streams.pass.PassedFrame;

/**
 * One frame after its pass.
 *
 * @param frame its pixels, its way, what was seen in it
 * @param batchSize number of frames in the pass, from 1
 * @param startNanos the {@link System#nanoTime()} at which the pass began
 * @param queueNanos time the frame waited for that
 * @param inferNanos time of its network over all frames that went its way; 0 where it was passed
 *     through
 */
public record Restoration(
    PassedFrame frame, int batchSize, long startNanos, long queueNanos, long inferNanos)
    implements PassOutcome {

  /** The pixels, of the size of the frame. */
  public RgbImage image() {
    return frame.image();
  }
}
