package org.perceiveir.streams.topology;

import org.jspecify.annotations.Nullable;

/** An input record that no retry can help: it belongs into the dead-letter topic. */
final class PoisonException extends Exception {
  private static final long serialVersionUID = 1L;

  private final DeadLetterReason reason;

  PoisonException(DeadLetterReason reason, String message) {
    this(reason, message, null);
  }

  PoisonException(DeadLetterReason reason, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  DeadLetterReason reason() {
    return reason;
  }
}
