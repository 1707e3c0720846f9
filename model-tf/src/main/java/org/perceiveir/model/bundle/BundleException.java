package org.perceiveir.model.bundle;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A directory that is not a whole, unchanged model bundle; the message names it and the remedy. */
public final class BundleException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception. */
  public BundleException(String message) {
    super(message);
  }

  /** Creates the exception with the failure that led to it, if there was one. */
  public BundleException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
