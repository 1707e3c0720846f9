package org.perceiveir.streams.batch;

/**
 * The batcher was closed before the frame had its pass, or its restorer cannot be used. This says
 * nothing about the frame: let it escape, so that the transaction aborts and another run restores
 * the frame.
 */
public final class BatcherClosedException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  BatcherClosedException(String message) {
    super(message);
  }

  BatcherClosedException(String message, Throwable cause) {
    super(message, cause);
  }
}
