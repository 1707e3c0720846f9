package org.perceiveir.trainer.validation;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.perceiveir.imaging.degrade.Degradation;
import org.perceiveir.imaging.degrade.DegradationType;
import org.perceiveir.imaging.degrade.Degradations;
import org.perceiveir.trainer.config.ConfigException;
import org.perceiveir.trainer.config.ConfigSection;
import org.perceiveir.trainer.data.ImagePairs;
import org.perceiveir.trainer.data.PairSets;
import org.perceiveir.trainer.data.layout.PairRule;

/**
 * On what and how often a training is validated.
 *
 * @param clean folder of clean images to degrade, empty for pairs alone
 * @param degradations what each clean image is degraded with, one set for each, by the text that it
 *     is written as
 * @param pairs folders of degraded images with their truth
 * @param everySteps after each so many steps, 0 for never by steps
 * @param every after each so much time besides, empty for never
 * @param images at most so many of each set, the first by name
 * @param crop side of the square in the middle of an image that is measured, in pixels
 * @param keepSheets pictures of how many validations stay on disk
 */
public record ValidationConfig(
    Optional<Path> clean,
    Map<String, Degradation> degradations,
    List<Pairs> pairs,
    int everySteps,
    Optional<Duration> every,
    int images,
    int crop,
    int keepSheets) {
  /**
   * Two folders.
   *
   * @param name what figures call it
   * @param input degraded images
   * @param target their truth
   * @param rule which truth belongs to which image
   */
  public record Pairs(String name, Path input, Path target, PairRule rule) {}

  /** Copies map and list in their order. */
  public ValidationConfig {
    degradations = Collections.unmodifiableMap(new LinkedHashMap<>(degradations));
    pairs = List.copyOf(pairs);
  }

  /**
   * Reads the section {@code validation}; empty where it names no images.
   *
   * @throws ConfigException naming the key that is wrong
   */
  public static Optional<ValidationConfig> fromConfig(ConfigSection section) {
    Optional<Path> clean = section.path("clean");
    List<String> texts = section.texts("degradations");
    List<Pairs> pairs = new ArrayList<>();
    for (ConfigSection one : section.sections("pairs")) {
      pairs.add(
          new Pairs(
              one.text("name", "pairs" + (pairs.isEmpty() ? "" : pairs.size() + 1)),
              required(one, "input"),
              required(one, "target"),
              one.parsed("rule", PairRule.EQUAL, PairRule::parse)));
    }
    int everySteps = section.integer("steps", 1000, 0, Integer.MAX_VALUE);
    double minutes = section.number("minutes", 0, 0, 100_000);
    int images = section.integer("images", 8, 1, 10_000);
    int crop = section.integer("crop", 256, 16, 4096);
    int keepSheets = section.integer("keepSheets", 5, 0, 1000);
    if (clean.isEmpty() && !texts.isEmpty()) {
      throw section.error("degradations", "are given, but no folder of clean images: add 'clean'");
    }
    if (clean.isEmpty() && pairs.isEmpty()) {
      return Optional.empty();
    }
    Map<String, Degradation> degradations = new LinkedHashMap<>();
    if (clean.isPresent()) {
      for (String text : texts.isEmpty() ? standard() : texts) {
        degradations.put(text.strip(), parsed(section, text));
      }
    }
    return Optional.of(
        new ValidationConfig(
            clean,
            degradations,
            pairs,
            everySteps,
            minutes == 0
                ? Optional.empty()
                : Optional.of(Duration.ofMillis(Math.round(minutes * 60_000))),
            images,
            crop,
            keepSheets));
  }

  /** Every type at its standard strength; that of noise is named, because papers have several. */
  private static List<String> standard() {
    return Arrays.stream(DegradationType.values())
        .map(
            type ->
                type == DegradationType.NOISE ? Degradations.standard(type).notation() : type.id())
        .toList();
  }

  private static Path required(ConfigSection section, String key) {
    return section.path(key).orElseThrow(() -> section.error(key, "is missing: name a folder"));
  }

  private static Degradation parsed(ConfigSection section, String text) {
    try {
      return Degradations.parse(text);
    } catch (IllegalArgumentException e) {
      throw section.error("degradations", "hold '" + text + "': " + e.getMessage());
    }
  }

  /** Opens the sets by name, in order. */
  Map<String, ImagePairs> sets() throws IOException {
    Map<String, ImagePairs> sets = new LinkedHashMap<>();
    for (Map.Entry<String, Degradation> one : degradations.entrySet()) {
      sets.put(one.getKey(), PairSets.degraded(clean.orElseThrow(), one.getValue()));
    }
    for (Pairs pair : pairs) {
      if (sets.put(pair.name(), PairSets.folders(pair.input(), pair.target(), pair.rule()))
          != null) {
        throw new ConfigException(
            "validation.pairs has the name " + pair.name() + " twice: give each its own");
      }
    }
    return sets;
  }
}
