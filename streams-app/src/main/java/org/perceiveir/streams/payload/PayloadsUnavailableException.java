package org.perceiveir.streams.payload;

import org.jspecify.annotations.Nullable;

/**
 * Nothing can be read or written outside Kafka at all: the directory of the output is full, gone or
 * not ours, or everything is being closed. This says nothing about the frame, which is to be
 * restored again later.
 */
public final class PayloadsUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PayloadsUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
