package org.perceiveir.streams.topology;

import java.util.Locale;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.codec.ImageFormatException;
import org.perceiveir.imaging.codec.ImageHeader;
import org.perceiveir.schemas.avro.Frame;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.payload.PayloadException;
import org.perceiveir.streams.payload.Payloads;
import org.perceiveir.streams.source.SourceReader;

/**
 * Turns the bytes of an input record into a frame and its pixels, or says why that is impossible.
 * The cheap checks come first: no pixel is decoded before the header agrees with what the frame
 * declares. Thread-safe.
 */
final class FrameReader {
  private final Deserializer<Frame> deserializer;
  private final ImageDecoder decoder;
  private final String topic;
  private final int maxRecordBytes;
  private final FrameLimit limit;
  private final Payloads payloads;

  FrameReader(ServiceConfig config, Collaborators with) {
    this.deserializer = with.serdes().frames();
    this.limit = with.frameLimit();
    this.payloads = with.payloads();
    this.topic = config.inputTopic();
    this.maxRecordBytes = config.inputRecordMaxBytes();
    this.decoder =
        new ImageDecoder(
            new DecodeLimits(
                config.decodeMaxWidth(),
                config.decodeMaxHeight(),
                config.decodeMaxPixels(),
                config.frameMaxBytes(),
                config.decodeMaxScans()));
  }

  /**
   * Reads a record.
   *
   * @throws PoisonException if it is no frame
   */
  Frame read(byte @Nullable [] value) throws PoisonException {
    if (value == null || value.length == 0) {
      throw new PoisonException(
          DeadLetterReason.EMPTY_VALUE,
          "the record has " + (value == null ? "no" : "an empty") + " value");
    }
    if (value.length > maxRecordBytes) {
      throw new PoisonException(
          DeadLetterReason.RECORD_TOO_LARGE,
          "the value has "
              + value.length
              + " bytes, above the limit of "
              + maxRecordBytes
              + " that follows from "
              + ServiceConfig.FRAME_MAX_BYTES);
    }
    try {
      return deserializer.deserialize(topic, value);
    } catch (SerializationException e) {
      throw new PoisonException(DeadLetterReason.UNREADABLE_RECORD, describe(e), e);
    }
  }

  /**
   * Checks the identity of a frame.
   *
   * @throws PoisonException if it cannot be the key of its records
   */
  static void checkIdentity(FrameIdentity identity) throws PoisonException {
    int length = identity.getSourceId().length();
    if (length == 0 || length > SourceReader.MAX_SOURCE_ID) {
      throw new PoisonException(
          DeadLetterReason.INVALID_IDENTITY,
          "sourceId has "
              + length
              + " characters, it must have 1 to "
              + SourceReader.MAX_SOURCE_ID);
    }
    if (identity.getSequence() < 0) {
      throw new PoisonException(
          DeadLetterReason.INVALID_IDENTITY,
          "sequence is " + identity.getSequence() + ", it must be at least 0");
    }
  }

  /**
   * The encoded pixels as they came; may wait for them where they are stored outside Kafka.
   *
   * @throws PoisonException if they are not to be had
   */
  byte[] payload(Frame frame) throws PoisonException {
    try {
      return payloads.read(frame);
    } catch (PayloadException e) {
      throw new PoisonException(DeadLetterReason.of(e.reason()), describe(e), e);
    }
  }

  /**
   * Decodes the pixels.
   *
   * @throws PoisonException if they are not the image that the frame declares
   */
  RgbImage decode(Frame frame, byte[] payload) throws PoisonException {
    checkDeclared(frame, payload);
    try {
      return frame.getEncoding() == FrameEncoding.RGB8
          ? decoder.decodeRgb8(payload, frame.getWidth(), frame.getHeight())
          : decoder.decode(payload);
    } catch (ImageFormatException e) {
      throw new PoisonException(DeadLetterReason.of(e.reason()), describe(e), e);
    }
  }

  /**
   * Compares the header of the payload with what the frame declares; decodes no pixel.
   *
   * @throws PoisonException if they differ, or the frame is too large
   */
  void checkDeclared(Frame frame, byte[] payload) throws PoisonException {
    if (frame.getEncoding() == FrameEncoding.RGB8) {
      checkLimit(frame.getWidth(), frame.getHeight());
      return;
    }
    ImageHeader header;
    try {
      header = decoder.readHeader(payload);
    } catch (ImageFormatException e) {
      throw new PoisonException(DeadLetterReason.of(e.reason()), describe(e), e);
    }
    if (!header.format().name().equals(frame.getEncoding().name())) {
      throw new PoisonException(
          DeadLetterReason.ENCODING_MISMATCH,
          "the frame declares " + frame.getEncoding() + ", its payload is " + header.format());
    }
    if (header.uprightWidth() != frame.getWidth() || header.uprightHeight() != frame.getHeight()) {
      throw new PoisonException(
          DeadLetterReason.SIZE_MISMATCH,
          String.format(
              Locale.ROOT,
              "the frame declares %dx%d, its payload is %dx%d",
              frame.getWidth(),
              frame.getHeight(),
              header.uprightWidth(),
              header.uprightHeight()));
    }
    checkLimit(frame.getWidth(), frame.getHeight());
  }

  private void checkLimit(long width, long height) throws PoisonException {
    if (width <= 0 || height <= 0) {
      return;
    }
    long pixels = width * height;
    if (pixels > limit.pixelsByTime()) {
      throw new PoisonException(
          DeadLetterReason.FRAME_TOO_SLOW,
          String.format(
              Locale.ROOT,
              "a frame of %dx%d has %d pixels, a transaction has time for %d; raise %s to plan for"
                  + " such frames",
              width,
              height,
              pixels,
              limit.pixelsByTime(),
              ServiceConfig.WARMUP_FRAME_SIZE));
    }
    if (pixels > limit.pixelsByMemory()) {
      throw new PoisonException(
          DeadLetterReason.FRAME_TOO_LARGE,
          String.format(
              Locale.ROOT,
              "a frame of %dx%d has %d pixels, the heap has room for %d; raise -Xmx, or lower"
                  + " stream.threads or frame.max.bytes",
              width,
              height,
              pixels,
              limit.pixelsByMemory()));
    }
  }

  /** The format that encodes as a frame is encoded. */
  static ImageFormat format(FrameEncoding encoding) {
    return switch (encoding) {
      case JPEG -> ImageFormat.JPEG;
      case PNG -> ImageFormat.PNG;
      case RGB8 -> ImageFormat.RGB8;
    };
  }

  private static String describe(Exception e) {
    String message = e.getMessage();
    return message == null ? e.toString() : message;
  }
}
