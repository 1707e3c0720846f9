package org.perceiveir.trainer.data;

/** A training batch that could not be made; the message says of what and why. */
public final class BatchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception. */
  public BatchException(String message) {
    super(message);
  }

  /** Creates the exception with what led to it. */
  public BatchException(String message, Throwable cause) {
    super(message, cause);
  }
}
