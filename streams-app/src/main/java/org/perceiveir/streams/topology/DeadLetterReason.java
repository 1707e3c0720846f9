package org.perceiveir.streams.topology;

import org.perceiveir.imaging.codec.ImageFormatException;
import org.perceiveir.streams.payload.PayloadException;

/** Why an input record is dead-lettered; its name stands in a header of the dead letter. */
public enum DeadLetterReason {
  /** The record has no value. */
  EMPTY_VALUE,
  /** The value is longer than {@code frame.max.bytes} and its envelope allow. */
  RECORD_TOO_LARGE,
  /** The value is no frame in Confluent's wire format. */
  UNREADABLE_RECORD,
  /** The frame has no usable source id, or a negative sequence. */
  INVALID_IDENTITY,
  /** The frame refers to pixels outside Kafka at a place that the configuration does not allow. */
  PAYLOAD_NOT_ALLOWED,
  /** There are no pixels where the frame refers to. */
  PAYLOAD_MISSING,
  /** The frame refers to more bytes than {@code frame.max.bytes}. */
  PAYLOAD_TOO_LARGE,
  /** The pixels outside Kafka have another size than the frame says. */
  PAYLOAD_SIZE_MISMATCH,
  /** The pixels outside Kafka have another SHA-256 than the frame says. */
  PAYLOAD_HASH_MISMATCH,
  /** The pixels outside Kafka could not be read in time; sending the letter again may help. */
  PAYLOAD_UNREACHABLE,
  /** The payload is not encoded as the frame says. */
  ENCODING_MISMATCH,
  /** The payload has another width or height than the frame says. */
  SIZE_MISMATCH,
  /** The payload is empty. */
  IMAGE_EMPTY,
  /** The payload is longer than {@code frame.max.bytes}. */
  IMAGE_TOO_MANY_BYTES,
  /** The payload is neither JPEG nor PNG. */
  IMAGE_UNKNOWN_FORMAT,
  /** The payload is of a kind that is not decoded, such as CMYK. */
  IMAGE_UNSUPPORTED,
  /** The payload breaks the rules of its format. */
  IMAGE_MALFORMED,
  /** The payload ends too early. */
  IMAGE_TRUNCATED,
  /** The image is empty or exceeds the decode limits. */
  IMAGE_SIZE_OUT_OF_RANGE,
  /** The JPEG has too many scans. */
  IMAGE_TOO_MANY_SCANS,
  /** The pixels cannot be decoded. */
  IMAGE_CORRUPT_PIXELS,
  /** Restoring a frame of this size would outlast the transaction. */
  FRAME_TOO_SLOW,
  /** The heap has no room for a frame of this size. */
  FRAME_TOO_LARGE,
  /** The network failed on the frame. */
  RESTORE_FAILED,
  /** The restored frame does not fit into a record. */
  OUTPUT_TOO_LARGE,
  /** The service itself failed on the record. */
  INTERNAL_ERROR;

  static DeadLetterReason of(ImageFormatException.Reason reason) {
    return switch (reason) {
      case EMPTY -> IMAGE_EMPTY;
      case TOO_MANY_BYTES -> IMAGE_TOO_MANY_BYTES;
      case UNKNOWN_FORMAT -> IMAGE_UNKNOWN_FORMAT;
      case UNSUPPORTED -> IMAGE_UNSUPPORTED;
      case MALFORMED -> IMAGE_MALFORMED;
      case TRUNCATED -> IMAGE_TRUNCATED;
      case SIZE_OUT_OF_RANGE -> IMAGE_SIZE_OUT_OF_RANGE;
      case TOO_MANY_SCANS -> IMAGE_TOO_MANY_SCANS;
      case CORRUPT_PIXELS -> IMAGE_CORRUPT_PIXELS;
      case SIZE_MISMATCH -> SIZE_MISMATCH;
    };
  }

  static DeadLetterReason of(PayloadException.Reason reason) {
    return switch (reason) {
      case NOT_ALLOWED -> PAYLOAD_NOT_ALLOWED;
      case MISSING -> PAYLOAD_MISSING;
      case TOO_LARGE -> PAYLOAD_TOO_LARGE;
      case SIZE_MISMATCH -> PAYLOAD_SIZE_MISMATCH;
      case HASH_MISMATCH -> PAYLOAD_HASH_MISMATCH;
      case UNREACHABLE -> PAYLOAD_UNREACHABLE;
    };
  }
}
