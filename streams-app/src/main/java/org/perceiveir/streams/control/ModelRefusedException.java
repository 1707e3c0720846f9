package org.perceiveir.streams.control;

import org.jspecify.annotations.Nullable;

/** An order for a model that is not carried out; the message says why and what to do. */
public final class ModelRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Refuses for a reason. */
  public ModelRefusedException(String message) {
    this(message, null);
  }

  /** As above, with the failure that led to it. */
  public ModelRefusedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
