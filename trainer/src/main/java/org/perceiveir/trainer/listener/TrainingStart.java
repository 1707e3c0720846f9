package org.perceiveir.trainer.listener;

import java.util.List;
import org.perceiveir.trainer.data.CleanImages;

/**
 * What is known before the first step of a run.
 *
 * @param parameters number of trained parameters
 * @param images number of training images
 * @param skipped files that are not used, with the reason
 * @param terms names of the figures that each step gives beside loss and gradient norm, in order
 * @param step steps already done, 0 unless resumed
 * @param maxSteps steps of the whole training
 */
public record TrainingStart(
    long parameters,
    int images,
    List<CleanImages.Skipped> skipped,
    List<String> terms,
    int step,
    int maxSteps) {
  /** Copies the lists. */
  public TrainingStart {
    skipped = List.copyOf(skipped);
    terms = List.copyOf(terms);
  }
}
