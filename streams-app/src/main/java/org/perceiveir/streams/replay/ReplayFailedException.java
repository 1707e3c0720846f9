package org.perceiveir.streams.replay;

import org.jspecify.annotations.Nullable;

/** A replay that sent nothing; the message says why and what helps. */
public final class ReplayFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Describes a failure, which {@code cause} led to. */
  public ReplayFailedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
