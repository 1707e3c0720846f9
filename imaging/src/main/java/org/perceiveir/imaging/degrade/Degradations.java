package org.perceiveir.imaging.degrade;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The strengths used throughout the project: one fixed strength per model to evaluate and to
 * demonstrate with, and a range around it to train on.
 */
public final class Degradations {
  private Degradations() {}

  /** The fixed strength that reported figures and the demo use. */
  public static TaskDegradation standard(DegradationType type) {
    return switch (type) {
      case NOISE -> new GaussianNoise(25);
      case HAZE -> new Haze(0.85, 1.0);
      case RAIN -> new RainStreaks(3.5, 24, 0.8, 0.3);
      case BLUR -> new MotionBlur(9);
      case LOW_LIGHT -> new LowLight(1.8, 0.55, 0.001, 0.004);
    };
  }

  /** Gaussian noise at the levels that papers report: 15, 25 and 50. */
  public static List<Degradation> reportedNoise() {
    return List.of(new GaussianNoise(15), new GaussianNoise(25), new GaussianNoise(50));
  }

  /** {@link #reportedNoise}, and each other degradation at its standard strength. */
  public static List<Degradation> standardSet() {
    List<Degradation> all = new ArrayList<>(reportedNoise());
    for (DegradationType type : DegradationType.values()) {
      if (type != DegradationType.NOISE) {
        all.add(standard(type));
      }
    }
    return all;
  }

  /**
   * A strength from the training range, each parameter uniform and independent of the others.
   *
   * @param random consumed as often as the type has parameters
   */
  public static TaskDegradation random(DegradationType type, RandomGenerator random) {
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

  /**
   * How far beyond its own edge a crop is degraded, so that its border is damaged as the middle of
   * a photograph is.
   *
   * @return pixels on each side; 0 where no pixel depends on its neighbours
   */
  public static int reach(DegradationType type) {
    return switch (type) {
      case NOISE, HAZE, RAIN, LOW_LIGHT -> 0;
      // The kernel of the longest blur of the training range.
      case BLUR -> 8;
    };
  }

  /** The fixed JPEG quality, 40: visible blocks, as of a camera on a thin line. */
  public static JpegCompression standardJpeg() {
    return new JpegCompression(40);
  }

  /**
   * Reads the text form of a degradation or of a mixture: the {@linkplain DegradationType#id() id},
   * then all components of its record in their order, or none.
   *
   * <pre>
   *   noise                        the standard strength
   *   haze:0.85:1                  airlight, beta
   *   jpeg:40                      quality
   *   haze+noise:15+jpeg           a mixture, in any order
   * </pre>
   *
   * @throws IllegalArgumentException naming the part that cannot be read, the number out of its
   *     range or the model given twice
   */
  public static Degradation parse(String text) {
    return Notation.parse(text);
  }
}
