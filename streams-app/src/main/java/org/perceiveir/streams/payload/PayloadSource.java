package org.perceiveir.streams.payload;

import java.io.IOException;
import java.net.URI;

/** Where the payloads of one scheme are read. Thread-safe. */
interface PayloadSource {
  /**
   * Reads a payload; may block for as long as whoever stores it likes.
   *
   * @param size bytes that it must have, at least 1 and small enough for the heap
   * @param fetch tells when to give up
   * @throws PayloadException if it is refused, not there or of another size
   * @throws IOException if it could not be read
   */
  byte[] read(URI uri, int size, Fetch fetch) throws PayloadException, IOException;
}
