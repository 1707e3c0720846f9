package org.perceiveir.trainer.tensorboard;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.Flushable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.zip.CRC32C;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.SessionLog;

/**
 * Writes one file of TensorBoard's events: TFRecord frames of the protocol buffer {@link Event}.
 *
 * <pre>
 *   frame   = length (8 bytes) crc(length) (4) data (length bytes) crc(data) (4), little-endian
 *   crc(b)  = rotate right (CRC-32C(b), 15) + 0xa282ead8
 * </pre>
 *
 * <p>A resumed training writes a further file into the same folder. Its first event says at which
 * step it starts, upon which TensorBoard drops what an earlier file says of that step and later
 * ones: they are done again.
 */
public final class EventFile implements Closeable, Flushable {
  private static final int MASK_DELTA = 0xa282ead8;
  private static final int ROTATION = 15;

  private final OutputStream out;

  private EventFile(OutputStream out) {
    this.out = out;
  }

  /**
   * Begins a file.
   *
   * @param folder where to; made if missing
   * @param firstStep first step that the file will tell of
   * @param millis time in milliseconds since 1970, which the order of the files follows
   */
  public static EventFile create(Path folder, int firstStep, long millis) throws IOException {
    Files.createDirectories(folder);
    // Two runs may start within a second, and a name must not be taken twice.
    Path file =
        folder.resolve(
            String.format(
                Locale.ROOT,
                "events.out.tfevents.%010d.%03d.perceive",
                millis / 1000,
                millis % 1000));
    EventFile events =
        new EventFile(
            new BufferedOutputStream(
                Files.newOutputStream(
                    file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)));
    double seconds = millis / 1000.0;
    events.write(Event.newBuilder().setWallTime(seconds).setFileVersion("brain.Event:2").build());
    if (firstStep > 1) {
      events.write(
          Event.newBuilder()
              .setWallTime(seconds)
              .setStep(firstStep)
              .setSessionLog(
                  SessionLog.newBuilder().setStatus(SessionLog.SessionStatus.START).build())
              .build());
    }
    return events;
  }

  /** Appends an event. */
  public void write(Event event) throws IOException {
    byte[] data = event.toByteArray();
    byte[] length =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(data.length).array();
    out.write(length);
    out.write(crc(length));
    out.write(data);
    out.write(crc(data));
  }

  private static byte[] crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    int masked = Integer.rotateRight((int) crc.getValue(), ROTATION) + MASK_DELTA;
    return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(masked).array();
  }

  @Override
  public void flush() throws IOException {
    out.flush();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
