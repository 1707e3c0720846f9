package org.perceiveir.cli.bench;

import java.util.List;

/**
 * What {@code ./perceive bench train} measures.
 *
 * @param crops sides of the crops in pixels
 * @param batch crops in a batch
 * @param threads that share one operation, 0 for all processors
 * @param steps measured steps, after two that warm up
 * @param checkpointing whether gradients are checkpointed: no, yes or both
 */
public record TrainSettings(
    List<Integer> crops, int batch, int threads, int steps, List<Boolean> checkpointing) {
  /** Steps before the clock starts: the first ones allocate. */
  static final int WARM_UP = 2;

  private static final int SMALLEST_CROP = 8;
  private static final int LARGEST_CROP = 1024;
  private static final int MAX_BATCH = 256;
  private static final int MAX_THREADS = 1024;
  private static final int MAX_STEPS = 10_000;

  /** Checks the values. */
  public TrainSettings {
    crops = List.copyOf(crops);
    checkpointing = List.copyOf(checkpointing);
    crops.forEach(crop -> check("--crops", crop, SMALLEST_CROP, LARGEST_CROP));
    check("--batch", batch, 1, MAX_BATCH);
    check("--threads", threads, 0, MAX_THREADS);
    check("--steps", steps, 1, MAX_STEPS);
  }

  private static void check(String option, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          option + " is " + value + ": it must be from " + min + " to " + max);
    }
  }
}
