package org.perceiveir.imaging.degrade;

import java.util.List;
import org.perceiveir.imaging.RgbImage;

/**
 * A seeded model of how an image is damaged: a pure function of strength, image, seed and frame.
 *
 * <p>The record components of each model are its strength, fixed for an instance. What else is
 * random is drawn from the seed: first the <em>scene</em> (depth field, wind, direction of motion)
 * from the seed alone, then the <em>moment</em> (noise samples, drops) from seed and frame number.
 * A sequence that keeps its seed and counts frames thus shows the same haze and the same wind with
 * new drops and new noise. Training draws a new seed for each crop.
 *
 * <p>All lengths are in pixels, so a 64x64 crop is damaged on the scale of the whole photograph.
 * Instances are immutable and safe to share between threads, and work on any size from 1x1. The
 * {@linkplain TaskDegradation tasks} and their mixtures give the same bytes on every platform;
 * {@link JpegCompression} and mixtures with it only on one Java runtime.
 */
public sealed interface Degradation permits TaskDegradation, JpegCompression, Mixture {
  /**
   * Degrades frame {@code frame} of the sequence {@code seed}.
   *
   * @param clean the undamaged image, not modified
   * @return a new image of the same size
   */
  RgbImage apply(RgbImage clean, long seed, long frame);

  /** Degrades a single image: frame 0 of the sequence {@code seed}. */
  default RgbImage apply(RgbImage clean, long seed) {
    return apply(clean, seed, 0);
  }

  /** What follows one after the other: the parts of a {@link Mixture}, else this alone. */
  default List<Degradation> parts() {
    return List.of(this);
  }

  /**
   * The same kind of damage with less strength; compression has none to lessen and stays as it is.
   *
   * @param factor on the strength, from 0 (no damage) to 1 (an equal degradation)
   */
  Degradation weakened(double factor);

  /**
   * The model and its strength in the form that {@link Degradations#parse} reads, for instance
   * {@code haze:0.85:1} or {@code noise:25+jpeg:40}; parsing it gives an equal degradation.
   */
  String notation();

  /** The model and its strength in words, for model cards and reports. */
  @Override
  String toString();
}
