package org.perceiveir.streams.payload;

import org.jspecify.annotations.Nullable;

/** A payload outside Kafka that is not to be had; the message says why and what to do. */
public final class PayloadException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Why. */
  public enum Reason {
    /** The configuration does not allow the reference. */
    NOT_ALLOWED,
    /** There is nothing where the reference points. */
    MISSING,
    /** The reference declares more bytes than a frame may have. */
    TOO_LARGE,
    /** There are more or fewer bytes than the reference declares. */
    SIZE_MISMATCH,
    /** The bytes have another SHA-256 than the reference declares. */
    HASH_MISMATCH,
    /** It could not be read in time: nobody answers, or with an error. */
    UNREACHABLE
  }

  private final Reason reason;

  /**
   * A payload that is not to be had.
   *
   * @param message why, and what to do
   */
  public PayloadException(Reason reason, String message) {
    this(reason, message, null);
  }

  PayloadException(Reason reason, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** Why. */
  public Reason reason() {
    return reason;
  }
}
