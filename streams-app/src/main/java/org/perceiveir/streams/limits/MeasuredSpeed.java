package org.perceiveir.streams.limits;

import org.perceiveir.streams.config.FrameSize;

/**
 * How fast this machine works, measured at the start.
 *
 * @param size the size of the frames that were timed
 * @param frameMs the slowest pass over one frame, in milliseconds
 * @param codecMs decoding and encoding one frame on its stream thread, in milliseconds
 */
public record MeasuredSpeed(FrameSize size, double frameMs, double codecMs) {

  /** Checks that no time is negative. */
  public MeasuredSpeed {
    if (!(frameMs >= 0) || !(codecMs >= 0)) {
      throw new IllegalArgumentException(
          "measured " + frameMs + " ms a frame and " + codecMs + " ms of codec: not a time");
    }
  }
}
