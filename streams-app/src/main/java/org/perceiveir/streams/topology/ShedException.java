package org.perceiveir.streams.topology;

/** A frame that is given up under load: no fault of the frame, nor of the code. */
final class ShedException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Why a frame is shed; its name begins the reason in the telemetry, and is in metric and log. */
  enum Reason {
    /** It is older than allowed when it is read: it came late, or waited in the topic. */
    TOO_OLD,
    /** It is young enough, but would not be any more when the network is free. */
    WAIT_TOO_LONG,
    /** It became older than allowed while it waited for its pass. */
    EXPIRED,
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
