package org.perceiveir.trainer.data;

/**
 * Makes the batch of any step from the step's number alone.
 *
 * <p>Nothing is carried from step to step, so that a resumed training gets exactly the batches that
 * an uninterrupted one would have got, whatever thread asks and in whatever order. Several threads
 * may ask at once.
 */
@FunctionalInterface
public interface BatchSource {
  /** The batch of a step from 0. */
  TrainingBatch sample(int step);
}
