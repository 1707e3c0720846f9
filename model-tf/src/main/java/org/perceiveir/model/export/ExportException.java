package org.perceiveir.model.export;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A place that an export cannot be written to; the message names it and the remedy. */
public final class ExportException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception. */
  public ExportException(String message) {
    super(message);
  }

  ExportException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
