package org.perceiveir.cli.bench;

import java.nio.file.Path;
import java.time.Duration;
import org.perceiveir.streams.config.FrameSize;

/**
 * What {@code ./perceive bench soak} does.
 *
 * @param duration how long frames come
 * @param reloadEvery time between two exchanges of the model
 * @param sampleEvery time between two looks at the memory
 * @param perSecond frames a second
 * @param size of the frames
 * @param heapMiB heap of the service's process, all of it touched at its start
 * @param bundle the model
 * @param perceiver judges every frame before and after
 */
public record SoakSettings(
    Duration duration,
    Duration reloadEvery,
    Duration sampleEvery,
    double perSecond,
    FrameSize size,
    int heapMiB,
    Path bundle,
    Path perceiver) {
  private static final Duration MIN_SAMPLE = Duration.ofMillis(100);

  /** Checks the values. */
  public SoakSettings {
    if (duration.compareTo(Duration.ofSeconds(10)) < 0
        || duration.compareTo(Duration.ofDays(7)) > 0) {
      throw new IllegalArgumentException(
          "--minutes is " + duration.toSeconds() / 60.0 + ": it must be from 1/6 to 10080");
    }
    if (reloadEvery.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException(
          "--reload-seconds is " + reloadEvery.toSeconds() + ": it must be at least 1");
    }
    if (sampleEvery.compareTo(MIN_SAMPLE) < 0) {
      throw new IllegalArgumentException("samples are at least " + MIN_SAMPLE + " apart");
    }
    if (!(perSecond > 0 && perSecond <= 1000)) {
      throw new IllegalArgumentException(
          "--rate is " + perSecond + ": it must be above 0 and at most 1000");
    }
    if (heapMiB < 256) {
      throw new IllegalArgumentException("--heap is " + heapMiB + ": it must be at least 256");
    }
  }
}
