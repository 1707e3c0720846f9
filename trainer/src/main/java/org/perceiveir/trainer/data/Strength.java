package org.perceiveir.trainer.data;

import java.util.Optional;
import java.util.SplittableRandom;
import org.perceiveir.imaging.degrade.Degradation;
import org.perceiveir.imaging.degrade.DegradationType;
import org.perceiveir.imaging.degrade.Degradations;

/**
 * A degradation for training crops: always the same one, or one of a type with a strength drawn for
 * each crop.
 *
 * @param fixed the degradation, empty where the strength is drawn
 * @param random the type, empty where the degradation is fixed
 */
public record Strength(Optional<Degradation> fixed, Optional<DegradationType> random) {
  private static final String RANDOM = "random:";

  /** Checks that it is one of the two. */
  public Strength {
    if (fixed.isPresent() == random.isPresent()) {
      throw new IllegalArgumentException("a strength is either fixed or random");
    }
  }

  /** Always this. */
  public static Strength of(Degradation degradation) {
    return new Strength(Optional.of(degradation), Optional.empty());
  }

  /** A strength from the training range of a type. */
  public static Strength random(DegradationType type) {
    return new Strength(Optional.empty(), Optional.of(type));
  }

  /**
   * Reads {@code random:haze}, or what {@link Degradations#parse} reads.
   *
   * @throws IllegalArgumentException naming what cannot be read
   */
  public static Strength parse(String text) {
    return text.startsWith(RANDOM)
        ? random(DegradationType.fromId(text.substring(RANDOM.length()).strip()))
        : of(Degradations.parse(text));
  }

  /** The degradation of a crop. */
  Degradation draw(SplittableRandom from) {
    return fixed.isPresent() ? fixed.get() : Degradations.random(random.orElseThrow(), from);
  }

  /** The form that {@link #parse} reads. */
  @Override
  public String toString() {
    return fixed.map(Degradation::notation).orElseGet(() -> RANDOM + random.orElseThrow().id());
  }
}
