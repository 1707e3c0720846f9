package org.perceiveir.trainer.listener;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What one step of a training did.
 *
 * @param step number of steps done, 1 after the first
 * @param maxSteps steps of the whole training
 * @param task degradation of the batch, {@code mixed} where there are several
 * @param size side of its crops in pixels
 * @param count number of its crops
 * @param loss of the batch before the update
 * @param terms further figures of the step by name
 * @param learningRate of the step
 * @param gradientNorm global norm of the gradients before clipping
 * @param stepNanos how long the step took, the wait for its batch included
 * @param waitedNanos how long it waited for its batch
 * @param nanoTime {@link System#nanoTime} at the end of the step
 */
public record StepReport(
    int step,
    int maxSteps,
    String task,
    int size,
    int count,
    float loss,
    Map<String, Float> terms,
    double learningRate,
    float gradientNorm,
    long stepNanos,
    long waitedNanos,
    long nanoTime) {
  /** Copies the map in its order. */
  public StepReport {
    terms = Collections.unmodifiableMap(new LinkedHashMap<>(terms));
  }
}
