package org.perceiveir.trainer.listener;

/**
 * What one step of a training did.
 *
 * @param step number of steps done, 1 after the first
 * @param maxSteps steps of the whole training
 * @param task degradation of the batch, {@code mixed} where there are several
 * @param size side of its crops in pixels
 * @param count number of its crops
 * @param loss mean absolute error of the batch before the update, in units of full scale
 * @param learningRate of the step
 * @param gradientNorm global norm of the gradients before clipping
 * @param nanoTime {@link System#nanoTime} at the end of the step
 */
public record StepReport(
    int step,
    int maxSteps,
    String task,
    int size,
    int count,
    float loss,
    double learningRate,
    float gradientNorm,
    long nanoTime) {}
