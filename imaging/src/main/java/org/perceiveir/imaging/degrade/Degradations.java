package org.perceiveir.imaging.degrade;

import java.util.random.RandomGenerator;

/**
 * The strengths used throughout the project: one fixed strength per type to evaluate and to
 * demonstrate with, and a range around it to train on.
 */
public final class Degradations {
  private Degradations() {}

  /** The fixed strength that reported figures and the demo use. */
  public static Degradation standard(DegradationType type) {
    return switch (type) {
      case NOISE -> new GaussianNoise(25);
      case HAZE -> new Haze(0.85, 1.0);
      case RAIN -> new RainStreaks(3.5, 24, 0.8, 0.3);
      case BLUR -> new MotionBlur(9);
      case LOW_LIGHT -> new LowLight(1.8, 0.55, 0.001, 0.004);
    };
  }

  /**
   * A strength from the training range, each parameter uniform and independent of the others.
   *
   * @param random consumed as often as the type has parameters
   */
  public static Degradation random(DegradationType type, RandomGenerator random) {
    return switch (type) {
      case NOISE -> new GaussianNoise(random.nextDouble(0, 55));
      case HAZE -> new Haze(random.nextDouble(0.7, 1), random.nextDouble(0.4, 1.8));
      case RAIN ->
          new RainStreaks(
              random.nextDouble(0.5, 5),
              random.nextDouble(10, 40),
              random.nextDouble(0.5, 1.2),
              random.nextDouble(0.2, 0.55));
      case BLUR -> new MotionBlur(random.nextDouble(2, 14));
      case LOW_LIGHT ->
          new LowLight(
              random.nextDouble(1.2, 2.4),
              random.nextDouble(0.4, 0.9),
              random.nextDouble(0, 0.002),
              random.nextDouble(0, 0.008));
    };
  }
}
