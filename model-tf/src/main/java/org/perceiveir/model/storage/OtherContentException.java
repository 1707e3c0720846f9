package org.perceiveir.model.storage;

import java.io.IOException;

/**
 * A file that is not the promised one. The message says what it has instead, without the file's
 * name: {@code has 12 bytes}, {@code has 12 bytes with SHA-256 01ab...}.
 */
public final class OtherContentException extends IOException {
  private static final long serialVersionUID = 1L;

  OtherContentException(String message) {
    super(message);
  }
}
