package org.perceiveir.cli.publish;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.schemas.avro.ExternalPayload;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.streams.client.FramePublisher;
import org.perceiveir.streams.header.FrameHeaders;
import org.perceiveir.streams.payload.PayloadStore;
import org.perceiveir.streams.payload.PayloadsUnavailableException;

/** Sends encoded frames, in their records or beside them, and remembers the first that got lost. */
public final class FrameOutlet {
  private final FramePublisher publisher;
  private final @Nullable PayloadStore store;
  private final Map<String, String> headers;
  private final AtomicReference<@Nullable Throwable> lost = new AtomicReference<>();

  /**
   * An outlet into a publisher, which the caller closes.
   *
   * @param store where the pixels are written; null where they go into the records
   * @param priority of the frames under overload
   */
  public FrameOutlet(FramePublisher publisher, @Nullable PayloadStore store, int priority) {
    this.publisher = publisher;
    this.store = store;
    this.headers =
        priority == 0 ? Map.of() : Map.of(FrameHeaders.PRIORITY, String.valueOf(priority));
  }

  /**
   * Sends a frame.
   *
   * @throws IllegalArgumentException if it exceeds {@code frame.max.bytes}
   * @throws CommandFailure if it, or one before it, cannot be sent or written
   */
  public void send(
      FrameIdentity identity, int width, int height, ImageFormat format, byte[] encoded) {
    send(identity, width, height, format, encoded, Map.of());
  }

  /**
   * As above.
   *
   * @param attributes what else the frame's record tells
   */
  public void send(
      FrameIdentity identity,
      int width,
      int height,
      ImageFormat format,
      byte[] encoded,
      Map<String, String> attributes) {
    checkNothingLost();
    FrameEncoding encoding = FrameEncoding.valueOf(format.name());
    PayloadStore outside = store;
    CompletableFuture<RecordMetadata> sent =
        outside == null
            ? publisher.publishEncoded(
                identity, width, height, encoding, encoded, attributes, headers)
            : publisher.publishReference(
                identity,
                width,
                height,
                encoding,
                write(outside, identity, encoding, encoded),
                attributes,
                headers);
    var unused =
        sent.whenComplete(
            (metadata, thrown) -> {
              if (thrown != null) {
                lost.compareAndSet(null, thrown);
              }
            });
  }

  /** Before the record is sent: a reference without its file would be dead-lettered. */
  private static ExternalPayload write(
      PayloadStore store, FrameIdentity identity, FrameEncoding format, byte[] encoded) {
    try {
      return store.write(identity, null, null, format, encoded);
    } catch (PayloadsUnavailableException e) {
      throw new CommandFailure(
          String.valueOf(e.getMessage()), "make room there, or name another --by-reference", e);
    }
  }

  /**
   * Waits until everything has arrived.
   *
   * @throws CommandFailure if something has not
   */
  public void flush() {
    publisher.flush();
    checkNothingLost();
  }

  private void checkNothingLost() {
    Throwable thrown = lost.get();
    if (thrown != null) {
      throw new CommandFailure(
          "a frame could not be published: " + thrown.getMessage(),
          "check that the broker is up, and create the topics: ./perceive topics create",
          thrown);
    }
  }
}
