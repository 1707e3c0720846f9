package org.perceiveir.streams.topology;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Upper bound of what a record takes in a request. A record that turns out too large while it is
 * sent ends its whole transaction, so it is measured before.
 */
final class RecordSize {
  /** Batch header, lengths, deltas. */
  private static final int OVERHEAD = 256;

  private static final int HEADER_OVERHEAD = 10;

  private RecordSize() {}

  /** Bytes of a record; {@link Integer#MAX_VALUE} if it is larger. */
  static int of(byte @Nullable [] key, byte @Nullable [] value, Headers headers) {
    long size = OVERHEAD;
    size += key == null ? 0 : key.length;
    size += value == null ? 0 : value.length;
    for (Header header : headers) {
      size += HEADER_OVERHEAD + header.key().getBytes(UTF_8).length;
      size += header.value() == null ? 0 : header.value().length;
    }
    return (int) Math.min(Integer.MAX_VALUE, size);
  }
}
