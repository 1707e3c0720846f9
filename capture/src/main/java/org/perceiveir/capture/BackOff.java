package org.perceiveir.capture;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before each further try: twice as long each time up to a bound, each shortened
 * by a random part of up to a half, so that the viewers of a camera that restarts do not come at
 * once.
 *
 * @param first the longest first wait
 * @param longest the longest wait
 * @param giveUpAfter how long to try before giving up
 */
public record BackOff(Duration first, Duration longest, Duration giveUpAfter) {

  /** Checks the order. */
  public BackOff {
    if (first.isZero() || first.isNegative() || longest.compareTo(first) < 0) {
      throw new IllegalArgumentException(
          "waits of " + first + " to " + longest + ": the first must be positive and the shorter");
    }
  }

  /** From 0.5 to 30 seconds. */
  public static BackOff usual(Duration giveUpAfter) {
    return new BackOff(Duration.ofMillis(500), Duration.ofSeconds(30), giveUpAfter);
  }

  /**
   * The wait before a try.
   *
   * @param attempt number of the try, from 0
   */
  Duration wait(int attempt, RandomGenerator random) {
    long whole = first.toNanos();
    for (int i = 0; i < attempt && whole < longest.toNanos(); i++) {
      whole *= 2;
    }
    whole = Math.min(whole, longest.toNanos());
    return Duration.ofNanos(whole - (long) (random.nextDouble() * whole / 2));
  }
}
