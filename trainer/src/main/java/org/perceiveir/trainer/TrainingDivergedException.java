package org.perceiveir.trainer;

/** The loss or its gradient is no longer finite; the last checkpoint on disk is still good. */
public final class TrainingDivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TrainingDivergedException(String message) {
    super(message);
  }
}
