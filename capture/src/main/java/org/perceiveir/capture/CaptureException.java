package org.perceiveir.capture;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A video that cannot be read or written, in words for a user: what is wrong and the remedy. It
 * names cameras by host and port only, never with their password.
 */
public final class CaptureException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String remedy;

  /**
   * Describes a failure.
   *
   * @param message what is wrong, naming the input or file
   * @param remedy what the user can do about it
   */
  public CaptureException(String message, String remedy) {
    this(message, remedy, null);
  }

  /** As above, with the exception that led to it. */
  public CaptureException(String message, String remedy, @Nullable Throwable cause) {
    super(message, cause);
    this.remedy = remedy;
  }

  /** What the user can do about it. */
  public String remedy() {
    return remedy;
  }
}
