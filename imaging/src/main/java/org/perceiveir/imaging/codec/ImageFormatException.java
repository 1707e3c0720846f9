package org.perceiveir.imaging.codec;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The bytes are no image that we decode: a property of the bytes, so that trying again is of no
 * use.
 */
public final class ImageFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Why bytes are refused. */
  public enum Reason {
    /** No bytes at all. */
    EMPTY,
    /** More encoded bytes than {@link DecodeLimits#maxEncodedBytes()}. */
    TOO_MANY_BYTES,
    /** The first bytes belong to none of the formats of {@link ImageFormat}. */
    UNKNOWN_FORMAT,
    /** A legal image of a kind that is not decoded: CMYK, arithmetic coding, 12 bits and such. */
    UNSUPPORTED,
    /** The structure in front of or between the pixels breaks the rules of the format. */
    MALFORMED,
    /** The bytes end too early. */
    TRUNCATED,
    /** The header's size is zero or above the limits. */
    SIZE_OUT_OF_RANGE,
    /** More scans than {@link DecodeLimits#maxScans()}. */
    TOO_MANY_SCANS,
    /** The pixels cannot be decoded, or not all of them. */
    CORRUPT_PIXELS,
    /** The pixels are of another size than the header or the declaration says. */
    SIZE_MISMATCH
  }

  private final Reason reason;

  ImageFormatException(Reason reason, String message) {
    this(reason, message, null);
  }

  ImageFormatException(Reason reason, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** Why the bytes are refused. */
  public Reason reason() {
    return reason;
  }
}
