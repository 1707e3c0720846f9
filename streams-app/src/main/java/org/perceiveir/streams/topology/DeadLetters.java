package org.perceiveir.streams.topology;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.Set;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.perceiveir.streams.source.SourceReader;
import org.perceiveir.streams.trace.TraceHeaders;

/**
 * Makes dead letters: the raw bytes of the input record, its headers, and headers that say why and
 * from where, under the names that Kafka Streams itself uses (KIP-1034).
 */
public final class DeadLetters {
  /** The code of a {@link DeadLetterReason}. */
  public static final String REASON_HEADER = "perceive.dead.letter.reason";

  /** Present where the input record did not fit: its size before it was cut, in bytes. */
  public static final String CUT_HEADER = "perceive.dead.letter.cut.from.bytes";

  /** Present where the input record has no key: the letter's key stands for none. */
  public static final String KEY_ABSENT_HEADER = "perceive.dead.letter.key.absent";

  /** Class of the exception. */
  public static final String EXCEPTION_HEADER = "__streams.errors.exception";

  /** Message of the exception: the reason in words. */
  public static final String MESSAGE_HEADER = "__streams.errors.message";

  /** Stack trace, at most 8 KiB of it. */
  public static final String STACKTRACE_HEADER = "__streams.errors.stacktrace";

  /** Topic of the input record. */
  public static final String TOPIC_HEADER = "__streams.errors.topic";

  /** Partition of the input record, in decimal digits. */
  public static final String PARTITION_HEADER = "__streams.errors.partition";

  /** Offset of the input record, in decimal digits. */
  public static final String OFFSET_HEADER = "__streams.errors.offset";

  /** Key of a dead letter whose record has none. */
  public static final String UNKNOWN_KEY = SourceReader.UNKNOWN;

  /** Headers that a letter has by its own right only. */
  private static final Set<String> STALE = Set.of(CUT_HEADER, KEY_ABSENT_HEADER);

  private static final int MAX_STACKTRACE = 8 * 1024;
  private static final int MAX_MESSAGE = 2 * 1024;
  private static final int MAX_CUT_KEY = 1024;

  private final int maxRecordBytes;

  DeadLetters(int maxRecordBytes) {
    this.maxRecordBytes = maxRecordBytes;
  }

  /** The dead letter of one input record. */
  Record<byte[], byte[]> of(
      Record<byte[], byte[]> input, RecordMetadata from, PoisonException cause) {
    Throwable thrown = cause.getCause() == null ? cause : cause.getCause();
    Headers why = new RecordHeaders();
    add(why, REASON_HEADER, cause.reason().name());
    add(why, EXCEPTION_HEADER, thrown.getClass().getName());
    add(why, MESSAGE_HEADER, first(MAX_MESSAGE, String.valueOf(cause.getMessage())));
    add(why, STACKTRACE_HEADER, first(MAX_STACKTRACE, stackTrace(thrown)));
    add(why, TOPIC_HEADER, from.topic());
    add(why, PARTITION_HEADER, String.valueOf(from.partition()));
    add(why, OFFSET_HEADER, String.valueOf(from.offset()));

    Headers headers = new RecordHeaders();
    for (Header header : input.headers()) {
      // A dead letter that was sent in again carries the story of its first death.
      if (why.lastHeader(header.key()) == null && !STALE.contains(header.key())) {
        headers.add(header);
      }
    }
    if (input.key() == null) {
      add(why, KEY_ABSENT_HEADER, "true");
    }
    why.forEach(headers::add);
    byte[] key = keyOrUnknown(input.key());
    byte[] value = input.value();
    int size = RecordSize.of(key, value, headers);
    if (size > maxRecordBytes) {
      TraceHeaders.only(headers).forEach(why::add);
      headers = why;
      add(headers, CUT_HEADER, String.valueOf(size));
      key = key.length <= MAX_CUT_KEY ? key : UNKNOWN_KEY.getBytes(UTF_8);
      int room = maxRecordBytes - RecordSize.of(key, null, headers);
      value = value == null ? null : Arrays.copyOf(value, Math.min(value.length, room));
    }
    return withHeaders(key, value, input.timestamp(), headers);
  }

  /** The record's key, or {@link #UNKNOWN_KEY}. */
  static byte[] keyOrUnknown(byte @Nullable [] key) {
    return key == null ? UNKNOWN_KEY.getBytes(UTF_8) : key;
  }

  @SuppressWarnings("NullAway") // Kafka's records take null values; a tombstone stays one.
  private static Record<byte[], byte[]> withHeaders(
      byte[] key, byte @Nullable [] value, long timestamp, Headers headers) {
    return new Record<>(key, value, timestamp, headers);
  }

  private static void add(Headers headers, String name, String value) {
    headers.add(name, value.getBytes(UTF_8));
  }

  private static String first(int length, String text) {
    return text.length() <= length ? text : text.substring(0, length);
  }

  private static String stackTrace(Throwable thrown) {
    StringWriter text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text, true));
    return text.toString();
  }
}
