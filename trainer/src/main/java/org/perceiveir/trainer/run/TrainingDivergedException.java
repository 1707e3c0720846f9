package org.perceiveir.trainer.run;

/** The loss or its gradient is no longer finite; the last checkpoint on disk is still good. */
public final class TrainingDivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception. */
  public TrainingDivergedException(String message) {
    super(message);
  }

  /** Creates the exception with the failure that led to it. */
  public TrainingDivergedException(String message, Throwable cause) {
    super(message, cause);
  }
}
