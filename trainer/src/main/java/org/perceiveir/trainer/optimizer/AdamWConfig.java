package org.perceiveir.trainer.optimizer;

import org.perceiveir.trainer.config.ConfigSection;

/**
 * Settings of {@link AdamW}.
 *
 * @param beta1 decay of the first moment, 0 to below 1
 * @param beta2 decay of the second moment, 0 to below 1
 * @param epsilon added to the root of the bias-corrected second moment, above 0
 * @param weightDecay decoupled decay, multiplied by the learning rate, at least 0
 * @param clipNorm largest global norm of the gradients, above 0; infinite for no clipping
 * @param averageDecay decay of the averaged weights, 0 to below 1
 */
public record AdamWConfig(
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    double clipNorm,
    double averageDecay) {

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException naming the value that is outside
   */
  public AdamWConfig {
    below1("beta1", beta1);
    below1("beta2", beta2);
    below1("average decay", averageDecay);
    if (!(epsilon > 0)) {
      throw new IllegalArgumentException("epsilon is " + epsilon + ", it must be above 0");
    }
    if (!(weightDecay >= 0)) {
      throw new IllegalArgumentException(
          "weight decay is " + weightDecay + ", it must be at least 0");
    }
    if (!(clipNorm > 0)) {
      throw new IllegalArgumentException("clip norm is " + clipNorm + ", it must be above 0");
    }
  }

  /**
   * Reads the section {@code optimizer}.
   *
   * @param base where the section says nothing
   */
  public static AdamWConfig fromConfig(ConfigSection section, AdamWConfig base) {
    double largest = 1 - 1e-9;
    return new AdamWConfig(
        section.number("beta1", base.beta1, 0, largest),
        section.number("beta2", base.beta2, 0, largest),
        section.number("epsilon", base.epsilon, 1e-15, 1),
        section.number("weightDecay", base.weightDecay, 0, 1),
        section.numberOrOff("clipNorm", base.clipNorm, 1e-9, 1e9).orElse(Double.POSITIVE_INFINITY),
        section.numberOrOff("average", base.averageDecay, 0, largest).orElse(0.0));
  }

  private static void below1(String name, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(name + " is " + value + ", allowed are 0 to below 1");
    }
  }

  /**
   * Betas 0.9 and 0.999, epsilon 1e-8, weight decay 1e-4 (the paper's), clipping at 0.1, averaging
   * at 0.999.
   */
  public static AdamWConfig defaults() {
    return new AdamWConfig(0.9, 0.999, 1e-8, 1e-4, 0.1, 0.999);
  }
}
