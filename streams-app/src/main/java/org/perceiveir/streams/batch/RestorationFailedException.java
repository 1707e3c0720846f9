package org.perceiveir.streams.batch;

/** The network could not restore one frame; the other frames of its batch are not concerned. */
public final class RestorationFailedException extends Exception {
  private static final long serialVersionUID = 1L;

  RestorationFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
