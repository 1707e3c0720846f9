package org.perceiveir.imaging.degrade;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.perceiveir.imaging.RgbImage;

/**
 * Several degradations of one image, each after the one that comes before it on the way of the
 * light, whatever order they are given in:
 *
 * <ol>
 *   <li>{@link Haze}: between scene and camera, all over the distance;
 *   <li>{@link RainStreaks}: drops near the camera, which the haze does not veil;
 *   <li>{@link MotionBlur}: the shutter smears scene, haze and streaks together;
 *   <li>{@link LowLight}: few photons reach the sensor, its noise is added to what is left;
 *   <li>{@link GaussianNoise}: further noise of sensor and amplifier, which no optics can blur;
 *   <li>{@link JpegCompression}: the camera compresses what it has got, noise included.
 * </ol>
 *
 * <p>Each part works on the 8-bit image of the one before. It gets the mixture's own seed and
 * frame, from which each model draws numbers of its own: the parts are unrelated to each other, and
 * the haze of a seed is the same alone and in a mixture.
 *
 * @param parts two or more, each model at most once, in the order above; an inner mixture counts as
 *     its parts
 */
public record Mixture(List<Degradation> parts) implements Degradation {
  /**
   * Sorts the parts.
   *
   * @throws IllegalArgumentException if there are fewer than two or one model occurs twice
   */
  public Mixture {
    parts =
        parts.stream()
            .flatMap(part -> part.parts().stream())
            .sorted(Comparator.comparingInt(Mixture::place))
            .toList();
    if (parts.size() < 2) {
      throw new IllegalArgumentException(
          "mixture of " + parts.size() + ": it takes two or more degradations");
    }
    Set<Integer> places = new HashSet<>();
    for (Degradation part : parts) {
      if (!places.add(place(part))) {
        throw new IllegalArgumentException(
            "mixture "
                + join(parts)
                + " has the model of "
                + part.notation()
                + " twice: give each model once");
      }
    }
  }

  /** A mixture of the given parts. */
  public static Mixture of(Degradation... parts) {
    return new Mixture(List.of(parts));
  }

  @Override
  public RgbImage apply(RgbImage clean, long seed, long frame) {
    RgbImage image = clean;
    for (Degradation part : parts) {
      image = part.apply(image, seed, frame);
    }
    return image;
  }

  @Override
  public Mixture weakened(double factor) {
    return new Mixture(parts.stream().map(part -> part.weakened(factor)).toList());
  }

  @Override
  public String notation() {
    return join(parts);
  }

  @Override
  public String toString() {
    return parts.stream().map(Degradation::toString).collect(Collectors.joining("; then "));
  }

  /** A place for each model: two at one place would pass for the same model given twice. */
  private static int place(Degradation part) {
    return part instanceof TaskDegradation task ? place(task.type()) : Integer.MAX_VALUE;
  }

  private static int place(DegradationType type) {
    return switch (type) {
      case HAZE -> 1;
      case RAIN -> 2;
      case BLUR -> 3;
      case LOW_LIGHT -> 4;
      case NOISE -> 5;
    };
  }

  private static String join(List<Degradation> parts) {
    return parts.stream().map(Degradation::notation).collect(Collectors.joining("+"));
  }
}
