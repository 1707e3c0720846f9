package org.perceiveir.schemas.frame;

import java.nio.ByteBuffer;
import org.perceiveir.schemas.avro.ExternalPayload;
import org.perceiveir.schemas.avro.Frame;
import org.perceiveir.schemas.avro.RestoredFrame;

/**
 * Where a frame's encoded pixels are: Avro's union {@code Frame.payload}, which Java sees as an
 * {@code Object}, or {@code RestoredFrame.image} and {@code RestoredFrame.external}.
 */
public sealed interface FramePayload {

  /** In the record itself. */
  record Inline(ByteBuffer buffer) implements FramePayload {
    /** The encoded pixels; see {@link FramePayload#bytes}. */
    public byte[] bytes() {
      return FramePayload.bytes(buffer);
    }
  }

  /** Outside Kafka. */
  record External(ExternalPayload reference) implements FramePayload {}

  /**
   * The payload of {@code frame}.
   *
   * @throws IllegalArgumentException if the payload is neither bytes nor a reference
   */
  static FramePayload of(Frame frame) {
    Object payload = frame.getPayload();
    if (payload instanceof ByteBuffer buffer) {
      return new Inline(buffer);
    }
    if (payload instanceof ExternalPayload reference) {
      return new External(reference);
    }
    throw new IllegalArgumentException(
        "payload is a "
            + (payload == null ? "null" : payload.getClass().getName())
            + "; it must be a ByteBuffer or an ExternalPayload");
  }

  /**
   * The pixels of a restored {@code frame}: the reference where there is one, else its image.
   *
   * @throws IllegalArgumentException if it has a reference and an image as well
   */
  static FramePayload of(RestoredFrame frame) {
    ExternalPayload reference = frame.getExternal();
    if (reference == null) {
      return new Inline(frame.getImage());
    }
    if (frame.getImage().hasRemaining()) {
      throw new IllegalArgumentException(
          "a restored frame has an image of "
              + frame.getImage().remaining()
              + " bytes and a reference to "
              + reference.getUri()
              + " as well; where external is set, image must be empty");
    }
    return new External(reference);
  }

  /**
   * All bytes of an Avro {@code bytes} field from its position to its limit, which stay as they
   * are. The buffer's own array where it holds just them, a copy otherwise.
   */
  static byte[] bytes(ByteBuffer buffer) {
    if (buffer.hasArray()
        && buffer.arrayOffset() == 0
        && buffer.position() == 0
        && buffer.limit() == buffer.array().length) {
      return buffer.array();
    }
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }
}
