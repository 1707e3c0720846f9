package org.perceiveir.trainer.listener;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.perceiveir.imaging.RgbImage;

/**
 * What a validation found.
 *
 * @param step steps done
 * @param scoreName name of the figure that chooses
 * @param score its value, higher is better
 * @param best whether it is the best so far
 * @param figures all figures by name, in order
 * @param sheet pictures of before, after and truth
 */
public record ValidationReport(
    int step,
    String scoreName,
    double score,
    boolean best,
    Map<String, Double> figures,
    Optional<RgbImage> sheet) {
  /** Copies the map in its order. */
  public ValidationReport {
    figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
  }
}
