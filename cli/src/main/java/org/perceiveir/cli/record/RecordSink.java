package org.perceiveir.cli.record;

import java.io.IOException;
import java.util.function.LongSupplier;

/** Where recorded frames go. */
interface RecordSink extends AutoCloseable {

  /**
   * Writes a frame.
   *
   * @param timeMicros its time from the first frame in microseconds; asked once, and only when the
   *     frame can be read, as it counts as shown then
   * @throws org.perceiveir.imaging.codec.ImageFormatException if its pixels cannot be decoded; the
   *     sink stays usable
   * @throws IOException if it cannot be written
   */
  void write(RecordedFrame frame, LongSupplier timeMicros) throws IOException;

  /** Writes what is left, so that what there is can be used. */
  @Override
  void close() throws IOException;
}
