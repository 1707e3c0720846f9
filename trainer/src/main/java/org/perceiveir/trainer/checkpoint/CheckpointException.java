package org.perceiveir.trainer.checkpoint;

import java.io.IOException;

/** A checkpoint that is missing, damaged, in the way or of another training. */
public final class CheckpointException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception. */
  public CheckpointException(String message) {
    super(message);
  }

  /** Creates the exception with the failure that led to it. */
  public CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
