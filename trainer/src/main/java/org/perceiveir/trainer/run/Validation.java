package org.perceiveir.trainer.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.perceiveir.imaging.RgbImage;

/** Measures the network that a training has just written, on images that it does not train on. */
@FunctionalInterface
public interface Validation {
  /**
   * Measures one bundle.
   *
   * @param bundle its directory
   * @param step steps that it was trained for
   */
  Result measure(Path bundle, int step) throws IOException;

  /**
   * What was found.
   *
   * @param score the figure by which the best bundle is chosen, higher is better; for instance the
   *     mean PSNR in dB
   * @param scoreName its name in records, for instance {@code psnr}
   * @param figures all figures by name, in order
   * @param sheet pictures of before, after and truth; empty if there is nothing to see
   */
  record Result(
      double score, String scoreName, Map<String, Double> figures, Optional<RgbImage> sheet) {
    /** Copies the map in its order. */
    public Result {
      figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
    }
  }

  /**
   * When to validate.
   *
   * @param validation how
   * @param everySteps after each so many steps, 0 for never by steps
   * @param everyMillis after each so many milliseconds, 0 for never by time
   * @param keepSheets pictures of how many validations stay on disk, 0 for none
   */
  record Plan(Validation validation, int everySteps, long everyMillis, int keepSheets) {}
}
