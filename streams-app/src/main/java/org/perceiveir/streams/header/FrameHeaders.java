package org.perceiveir.streams.header;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * The headers of an input record that the service looks at. All are decimal or plain text in UTF-8;
 * a value that cannot be read counts as absent, since a header must not cost a frame.
 */
public final class FrameHeaders {
  /**
   * Priority under overload, a whole number from {@value #MIN_PRIORITY} to {@value #MAX_PRIORITY};
   * 0 without the header. Frames of higher priority are shed last.
   */
  public static final String PRIORITY = "priority";

  /**
   * How often the frame has been sent again, from 1; set by the commands that replay. Telemetry
   * tells it as {@code attempt}.
   */
  public static final String REPLAYS = "perceive.replay.attempt";

  /** Where the replayed record was read, as {@code topic-partition@offset}. */
  public static final String REPLAY_OF = "perceive.replay.of";

  /** Lowest priority. */
  public static final int MIN_PRIORITY = -100;

  /** Highest priority. */
  public static final int MAX_PRIORITY = 100;

  private FrameHeaders() {}

  /** The priority of a record, cut to the allowed range; 0 if there is none that can be read. */
  public static int priority(Headers headers) {
    long value = number(headers, PRIORITY);
    return (int) Math.max(MIN_PRIORITY, Math.min(MAX_PRIORITY, value));
  }

  /** How often the frame has been sent again; 0 if it comes from its source. */
  public static int replays(Headers headers) {
    return (int) Math.max(0, Math.min(Integer.MAX_VALUE, number(headers, REPLAYS)));
  }

  private static long number(Headers headers, String name) {
    Header header = headers.lastHeader(name);
    if (header == null || header.value() == null || header.value().length > 20) {
      return 0;
    }
    try {
      return Long.parseLong(new String(header.value(), UTF_8).trim());
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
