package org.perceiveir.trainer.data;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.perceiveir.imaging.degrade.Degradation;
import org.perceiveir.imaging.degrade.DegradationType;
import org.perceiveir.imaging.degrade.Degradations;
import org.perceiveir.imaging.degrade.JpegCompression;
import org.perceiveir.imaging.degrade.Mixture;
import org.perceiveir.imaging.degrade.TaskDegradation;
import org.perceiveir.trainer.config.ConfigSection;

/**
 * What a camera's feed has on top of a data set's one degradation: a second one, and compression.
 *
 * <p>A mixture adds one more of the degradations to the crop's own, both weakened by the same
 * factor: at full strength two together often leave little to restore. The crop keeps the name of
 * its own task. JPEG comes last, and its blocks begin anywhere in the crop, because a tile of a
 * frame does not begin where the frame's blocks do.
 *
 * @param jpegProbability share of the crops that are compressed, 0 to 1
 * @param lowestQuality of libjpeg's scale, 1 to 100; each quality up to the highest is as likely
 * @param highestQuality at least the lowest
 * @param mixtureProbability share of the crops with a second degradation, 0 to 1
 * @param mixtureStrength factor on the strength of both, above 0 up to 1
 */
public record RealFeed(
    double jpegProbability,
    int lowestQuality,
    int highestQuality,
    double mixtureProbability,
    double mixtureStrength) {

  /** Neither: each crop has the degradation of its set alone. */
  public static final RealFeed OFF = new RealFeed(0, 40, 95, 0, 0.5);

  /** The blocks of JPEG are shifted by up to this many pixels, and one less to the other side. */
  static final int JPEG_MARGIN = 4;

  /** Checks the ranges. */
  public RealFeed {
    share("jpeg.probability", jpegProbability);
    share("mixtures.probability", mixtureProbability);
    if (lowestQuality < 1 || highestQuality > 100 || lowestQuality > highestQuality) {
      throw new IllegalArgumentException(
          "jpeg.quality is "
              + lowestQuality
              + " to "
              + highestQuality
              + ": two numbers from 1 to 100, the lower one first");
    }
    if (!(mixtureStrength > 0 && mixtureStrength <= 1)) {
      throw new IllegalArgumentException(
          "mixtures.strength is " + mixtureStrength + ": it must be above 0 and at most 1");
    }
  }

  private static void share(String key, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException(key + " is " + value + ": it must lie in 0..1");
    }
  }

  /** Reads the sections {@code jpeg} and {@code mixtures} of the data's section. */
  static RealFeed fromConfig(ConfigSection data) {
    ConfigSection jpeg = data.section("jpeg");
    ConfigSection mixtures = data.section("mixtures");
    List<Double> quality = jpeg.numbers("quality", 1, 100);
    if (quality.size() > 2) {
      throw jpeg.error("quality", "has " + quality.size() + " numbers: give one or two");
    }
    int low = quality.isEmpty() ? OFF.lowestQuality : (int) Math.round(quality.get(0));
    int high = OFF.highestQuality;
    if (!quality.isEmpty()) {
      high = (int) Math.round(quality.get(quality.size() - 1));
    }
    if (low > high) {
      throw jpeg.error("quality", "is " + low + " to " + high + ": the lower one comes first");
    }
    double strength = mixtures.number("strength", OFF.mixtureStrength, 0.01, 1);
    return new RealFeed(
        jpeg.number("probability", 0, 0, 1),
        low,
        high,
        mixtures.number("probability", 0, 0, 1),
        strength);
  }

  /** Whether anything is added at all. */
  boolean isOff() {
    return jpegProbability == 0 && mixtureProbability == 0;
  }

  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("jpegProbability", jpegProbability);
    json.put("lowestQuality", lowestQuality).put("highestQuality", highestQuality);
    json.put("mixtureProbability", mixtureProbability).put("mixtureStrength", mixtureStrength);
    return json;
  }

  /**
   * All that happens to a crop.
   *
   * @param own the degradation of its set; empty where the image is damaged already
   * @param task what the image is damaged by
   * @param random of this crop
   */
  Optional<Degradation> over(Optional<Degradation> own, String task, SplittableRandom random) {
    List<Degradation> parts = new ArrayList<>();
    own.ifPresent(parts::add);
    if (random.nextDouble() < mixtureProbability) {
      Set<DegradationType> others = others(parts, task);
      if (!others.isEmpty()) {
        DegradationType type = List.copyOf(others).get(random.nextInt(others.size()));
        parts.add(Degradations.random(type, random));
        parts.replaceAll(part -> part.weakened(mixtureStrength));
      }
    }
    if (random.nextDouble() < jpegProbability && parts.stream().noneMatch(RealFeed::hasJpeg)) {
      parts.add(new JpegCompression(random.nextInt(lowestQuality, highestQuality + 1)));
    }
    if (parts.size() > 1) {
      return Optional.of(new Mixture(parts));
    }
    return parts.stream().findFirst();
  }

  private static Set<DegradationType> others(List<Degradation> parts, String task) {
    Set<DegradationType> others = EnumSet.allOf(DegradationType.class);
    Arrays.stream(DegradationType.values())
        .filter(type -> type.id().equals(task) || parts.stream().anyMatch(p -> has(p, type)))
        .forEach(others::remove);
    return others;
  }

  /** Whether a degradation is or holds one of a type. */
  static boolean has(Degradation degradation, DegradationType type) {
    return degradation.parts().stream()
        .anyMatch(part -> part instanceof TaskDegradation task && task.type() == type);
  }

  /** Whether a degradation is or holds compression. */
  static boolean hasJpeg(Degradation degradation) {
    return degradation.parts().stream().anyMatch(JpegCompression.class::isInstance);
  }

  /** Pixels around a crop that its damage may need; what stands in a row adds up. */
  static int margin(Degradation degradation) {
    return degradation.parts().stream()
        .mapToInt(
            part ->
                part instanceof TaskDegradation task
                    ? Degradations.reach(task.type())
                    : JPEG_MARGIN)
        .sum();
  }
}
