package org.perceiveir.trainer.optimizer;

/**
 * The learning rate over a training: a linear warm-up, then half a cosine to its end.
 *
 * <pre>
 *   s &lt; w:  lr (s + 1) / w
 *   else:   end + (lr - end) (1 + cos(pi (s - w) / (n - w))) / 2
 * </pre>
 *
 * @param maxSteps n, at least 1
 * @param warmupSteps w; where it exceeds a tenth of n, a tenth of n is used
 * @param learningRate lr, above 0
 * @param finalLearningRate end, from 0 to lr
 */
public record CosineSchedule(
    int maxSteps, int warmupSteps, double learningRate, double finalLearningRate) {

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException naming the value that is outside
   */
  public CosineSchedule {
    if (maxSteps < 1) {
      throw new IllegalArgumentException("max steps is " + maxSteps + ", it must be at least 1");
    }
    if (warmupSteps < 0) {
      throw new IllegalArgumentException(
          "warm-up is " + warmupSteps + " steps, it must be at least 0");
    }
    if (!(learningRate > 0 && learningRate < 1)) {
      throw new IllegalArgumentException(
          "learning rate is " + learningRate + ", it must lie between 0 and 1");
    }
    if (!(finalLearningRate >= 0 && finalLearningRate <= learningRate)) {
      throw new IllegalArgumentException(
          "final learning rate is " + finalLearningRate + ", allowed are 0 to " + learningRate);
    }
  }

  /** 1e-3 to 1e-6 after 200 steps of warm-up. */
  public static CosineSchedule defaults(int maxSteps) {
    return new CosineSchedule(maxSteps, 200, 1e-3, 1e-6);
  }

  /** The learning rate of a step from 0. */
  public double at(int step) {
    int warmup = Math.min(warmupSteps, maxSteps / 10);
    if (step < warmup) {
      return learningRate * (step + 1) / warmup;
    }
    double progress = (double) (step - warmup) / (maxSteps - warmup);
    return finalLearningRate
        + (learningRate - finalLearningRate) * (1 + Math.cos(Math.PI * progress)) / 2;
  }
}
