package org.perceiveir.capture;

import java.util.OptionalLong;
import java.util.function.LongUnaryOperator;

/**
 * Time stamps of a stream to places in it: the first frame is at 0, and each place is later than
 * the one before. Where a stamp is unknown or broken, it goes on by one usual interval.
 */
final class Positions {
  /** A longer step is a break in formats whose times jump where parts are joined. */
  private static final long LONGEST_STEP_MICROS = 10_000_000;

  private final LongUnaryOperator toMicros;
  private final long usualInterval;
  private final boolean jumps;

  private boolean begun;
  private long last;
  private boolean anchored;
  private long anchorStamp;
  private long anchorPosition;

  /**
   * Places of a stream that has not begun.
   *
   * @param toMicros a span of stamps in microseconds
   * @param usualInterval microseconds between frames
   * @param jumps whether a long step forward is a break rather than a pause
   */
  Positions(LongUnaryOperator toMicros, long usualInterval, boolean jumps) {
    this.toMicros = toMicros;
    this.usualInterval = usualInterval;
    this.jumps = jumps;
  }

  /** The place of the next frame in microseconds. */
  long next(OptionalLong stamp) {
    long position = begun ? last + usualInterval : 0;
    if (stamp.isPresent()) {
      long told = anchorPosition + toMicros.applyAsLong(stamp.getAsLong() - anchorStamp);
      if (anchored && told > last && !(jumps && told - last > LONGEST_STEP_MICROS)) {
        position = told;
      } else {
        // The first stamp, or the counter of the stream began anew: go on from here.
        anchored = true;
        anchorStamp = stamp.getAsLong();
        anchorPosition = position;
      }
    }
    begun = true;
    last = position;
    return position;
  }
}
