package org.perceiveir.trainer.evaluation;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.perceiveir.imaging.degrade.DegradationType;
import org.perceiveir.imaging.degrade.Degradations;
import org.perceiveir.imaging.degrade.GaussianNoise;
import org.perceiveir.imaging.degrade.TaskDegradation;

/**
 * What is evaluated.
 *
 * @param clean folder of clean images
 * @param noiseSigmas standard deviations of Gaussian noise in 8-bit units, above 0
 * @param degradations further types, each at its standard strength; noise belongs to the sigmas
 * @param maxImages at most this many images, the first by name; 0 for all
 */
public record EvaluationConfig(
    Path clean, List<Double> noiseSigmas, List<DegradationType> degradations, int maxImages) {

  /**
   * Checks that there is something to evaluate.
   *
   * @throws IllegalArgumentException naming what is wrong
   */
  public EvaluationConfig {
    noiseSigmas = List.copyOf(noiseSigmas);
    degradations = List.copyOf(degradations);
    for (double sigma : noiseSigmas) {
      if (!(sigma > 0 && sigma <= 255)) {
        throw new IllegalArgumentException(
            "noise sigma " + sigma + " is outside 0 to 255 (8-bit units)");
      }
    }
    if (degradations.contains(DegradationType.NOISE)) {
      throw new IllegalArgumentException(
          "degradation noise is given by its sigmas: use noise 15,25,50 instead");
    }
    if (noiseSigmas.isEmpty() && degradations.isEmpty()) {
      throw new IllegalArgumentException("nothing to evaluate: give noise sigmas or degradations");
    }
    if (maxImages < 0) {
      throw new IllegalArgumentException("max images is " + maxImages + ", it must be at least 0");
    }
  }

  /** The degradations to measure, in order. */
  List<TaskDegradation> all() {
    List<TaskDegradation> all = new ArrayList<>();
    noiseSigmas.forEach(sigma -> all.add(new GaussianNoise(sigma)));
    degradations.forEach(type -> all.add(Degradations.standard(type)));
    return all;
  }
}
