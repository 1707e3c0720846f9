package org.perceiveir.trainer.data;

import java.io.IOException;

/** A folder of images that nothing can be trained on or evaluated with; the message says why. */
public final class DataException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception. */
  public DataException(String message) {
    super(message);
  }
}
