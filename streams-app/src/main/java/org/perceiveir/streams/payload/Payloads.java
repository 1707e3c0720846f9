package org.perceiveir.streams.payload;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.avro.Frame;
import org.perceiveir.schemas.avro.RestoredFrame;
import org.perceiveir.schemas.frame.FramePayload;
import org.perceiveir.streams.config.PayloadSettings;
import org.perceiveir.streams.config.ServiceConfig;

/**
 * The pixels of the service's frames, wherever they are: in their record, or outside Kafka.
 * Thread-safe.
 */
public final class Payloads implements AutoCloseable {
  private final PayloadReader reader;
  private final @Nullable PayloadStore store;
  private final int storedFromBytes;

  private Payloads(PayloadReader reader, @Nullable PayloadStore store, int storedFromBytes) {
    this.reader = reader;
    this.store = store;
    this.storedFromBytes = storedFromBytes;
  }

  /**
   * As configured.
   *
   * @throws org.perceiveir.streams.config.ConfigurationException if a directory or the trust store
   *     cannot be used
   */
  public static Payloads open(ServiceConfig config) {
    PayloadSettings settings = config.payload();
    PayloadStore store =
        settings
            .outputRoot()
            .map(root -> PayloadStore.open(PayloadSettings.OUTPUT_ROOT, root))
            .orElse(null);
    return new Payloads(PayloadReader.ofInput(config), store, settings.outputMinBytes());
  }

  /**
   * The encoded pixels of a frame; where they are outside Kafka this may take up to {@code
   * payload.timeout.ms}.
   *
   * @throws PayloadException if they are not to be had
   */
  public byte[] read(Frame frame) throws PayloadException {
    FramePayload payload = FramePayload.of(frame);
    if (payload instanceof FramePayload.External external) {
      return reader.read(external.reference());
    }
    return ((FramePayload.Inline) payload).bytes();
  }

  /**
   * Gives a restored frame its encoded pixels: in the record, or written outside Kafka by the time
   * this returns.
   *
   * @param frame has its identity, encoding and bundle already
   * @throws PayloadsUnavailableException if they cannot be written
   */
  public void put(RestoredFrame frame, byte[] image) {
    PayloadStore outside = store;
    if (outside == null || image.length < storedFromBytes) {
      frame.setImage(ByteBuffer.wrap(image));
      return;
    }
    frame.setImage(ByteBuffer.allocate(0));
    frame.setExternal(
        outside.write(
            frame.getIdentity(),
            frame.getBundleName(),
            frame.getBundleVersion(),
            frame.getEncoding(),
            image));
  }

  /** Ends its threads. */
  @Override
  public void close() {
    reader.close();
  }
}
