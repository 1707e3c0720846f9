package org.perceiveir.trainer.listener;

import java.io.IOException;

/**
 * Watches a training. All methods are called on the training's thread, in the order start, then
 * steps, validations and checkpoints, then end; a slow listener slows the training down. An
 * exception stops it.
 */
public interface TrainingListener {
  /** Before the first step. */
  default void onStart(TrainingStart start) throws IOException {}

  /** After each step. */
  default void onStep(StepReport report) throws IOException {}

  /** A step has something to tell the user, for instance that a loss is off. */
  default void onRemark(String remark) throws IOException {}

  /** After a validation. */
  default void onValidation(ValidationReport report) throws IOException {}

  /** After a checkpoint was written. */
  default void onCheckpoint(int step) throws IOException {}

  /** After the last step of this run, also when it failed. */
  default void onEnd(int step) throws IOException {}
}
