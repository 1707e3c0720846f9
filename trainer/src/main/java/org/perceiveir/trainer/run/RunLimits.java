package org.perceiveir.trainer.run;

import java.time.Duration;
import java.util.Optional;

/**
 * Bounds of one run, none of which changes its result.
 *
 * @param maxTime pause with a checkpoint after this long, empty for no bound
 * @param checkpointEvery time between checkpoints
 * @param checkpointSteps steps between checkpoints besides, 0 for time alone
 * @param keepCheckpoints checkpoints on disk, the newest and those before it, 1 to 1000
 * @param threads threads within an operation; 0 for all processors. TensorFlow fixes this for the
 *     whole process with its first session
 */
public record RunLimits(
    Optional<Duration> maxTime,
    Duration checkpointEvery,
    int checkpointSteps,
    int keepCheckpoints,
    int threads) {
  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException naming the value that is outside
   */
  public RunLimits {
    if (maxTime.isPresent() && (maxTime.get().isNegative() || maxTime.get().isZero())) {
      throw new IllegalArgumentException("maximum time must be above 0, got " + maxTime.get());
    }
    if (checkpointEvery.isNegative() || checkpointEvery.isZero()) {
      throw new IllegalArgumentException(
          "time between checkpoints must be above 0, got " + checkpointEvery);
    }
    if (checkpointSteps < 0) {
      throw new IllegalArgumentException(
          "steps between checkpoints are " + checkpointSteps + ", they must be at least 0");
    }
    if (keepCheckpoints < 1 || keepCheckpoints > 1000) {
      throw new IllegalArgumentException(
          "checkpoints to keep are " + keepCheckpoints + ", allowed are 1 to 1000");
    }
    if (threads < 0 || threads > 1024) {
      throw new IllegalArgumentException("threads is " + threads + ", allowed are 0 to 1024");
    }
  }

  /** Checkpoints by time alone, of which the newest is kept. */
  public RunLimits(Optional<Duration> maxTime, Duration checkpointEvery, int threads) {
    this(maxTime, checkpointEvery, 0, 1, threads);
  }

  /** No time bound, a checkpoint every five minutes, all processors. */
  public static RunLimits defaults() {
    return new RunLimits(Optional.empty(), Duration.ofMinutes(5), 0);
  }
}
