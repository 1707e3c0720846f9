package org.perceiveir.trainer.listener;

import java.io.IOException;
import org.perceiveir.trainer.data.TrainingData;

/**
 * Watches a training. All methods are called on the training's thread, in the order start, steps
 * and checkpoints, end; a slow listener slows the training down. An exception stops it.
 */
public interface TrainingListener {
  /**
   * Before the first step.
   *
   * @param data the training data, skipped files included
   * @param parameters number of trained parameters
   * @param step steps already done, 0 unless resumed
   * @param maxSteps steps of the whole training
   */
  default void onStart(TrainingData data, long parameters, int step, int maxSteps)
      throws IOException {}

  /** After each step. */
  default void onStep(StepReport report) throws IOException {}

  /** After a checkpoint was written. */
  default void onCheckpoint(int step) throws IOException {}

  /** After the last step of this run, also when it failed. */
  default void onEnd(int step) throws IOException {}
}
