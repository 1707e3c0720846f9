package org.perceiveir.streams.topology;

/**
 * A frame that is, or would be, too old for the network: no fault of the frame, nor of the code.
 */
final class ShedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final long ageMicros;

  ShedException(String message, long ageMicros) {
    super(message);
    this.ageMicros = ageMicros;
  }

  /** Age when it was given up, in microseconds. */
  long ageMicros() {
    return ageMicros;
  }
}
