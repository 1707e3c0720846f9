package org.perceiveir.streams.topology;

/** A frame that is given up under load: no fault of the frame, nor of the code. */
final class ShedException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Why a frame is shed; its name begins the reason in the telemetry. */
  enum Reason {
    /** It is, or would be when the network is free, older than allowed. */
    TOO_OLD,
    /** Frames of higher priority need the room. */
    LOW_PRIORITY
  }

  private final Reason reason;

  ShedException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  Reason reason() {
    return reason;
  }
}
