package org.perceiveir.model.weights;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A directory that is not a whole, unchanged encoder; the message names it and the remedy. */
public final class EncoderException extends IOException {
  private static final long serialVersionUID = 1L;

  /** An error with the place, what was found and the remedy in its message. */
  public EncoderException(String message) {
    super(message);
  }

  EncoderException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
