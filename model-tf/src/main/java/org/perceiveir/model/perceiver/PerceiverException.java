package org.perceiveir.model.perceiver;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A directory that is not a whole, unchanged perceiver; the message names it and the remedy. */
public final class PerceiverException extends IOException {
  private static final long serialVersionUID = 1L;

  PerceiverException(String message) {
    super(message);
  }

  PerceiverException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
