package org.perceiveir.trainer.run;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a {@link Trainee} says of one step.
 *
 * @param task what the batch was of: a degradation, or {@code mixed}
 * @param size side of its crops in pixels
 * @param count number of its images
 * @param loss before the update
 * @param terms further figures of the step by name, as {@link Trainee#terms} announces them
 * @param learningRate of the step
 * @param gradientNorm global norm of the gradients before clipping
 * @param waitedNanos how long the step waited for its batch
 * @param remark what the user should be told, empty in nearly all steps
 */
public record StepResult(
    String task,
    int size,
    int count,
    float loss,
    Map<String, Float> terms,
    double learningRate,
    float gradientNorm,
    long waitedNanos,
    Optional<String> remark) {
  /** Copies the map in its order. */
  public StepResult {
    terms = Collections.unmodifiableMap(new LinkedHashMap<>(terms));
  }

  /** Whether a further step makes sense. */
  boolean isFinite() {
    return Float.isFinite(loss)
        && Float.isFinite(gradientNorm)
        && terms.values().stream().allMatch(Float::isFinite);
  }
}
