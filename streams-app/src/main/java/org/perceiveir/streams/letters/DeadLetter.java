package org.perceiveir.streams.letters;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;
import org.perceiveir.streams.header.FrameHeaders;
import org.perceiveir.streams.replay.ReplayTransaction;
import org.perceiveir.streams.topology.DeadLetters;

/** One record of the dead-letter topic. Whatever it says may come from a stranger. */
public final class DeadLetter {
  /** Reason of a record that the service did not write. */
  public static final String NO_REASON = "(none)";

  private final ConsumerRecord<byte[], byte[]> record;

  DeadLetter(ConsumerRecord<byte[], byte[]> record) {
    this.record = record;
  }

  /**
   * The input record that died.
   *
   * @param topic its topic
   * @param partition its partition
   * @param offset its offset
   */
  public record Origin(String topic, int partition, long offset) {
    /** {@code topic-partition@offset}. */
    public String name() {
      return ReplayTransaction.name(topic, partition, offset);
    }
  }

  /** Its partition in the dead-letter topic. */
  public int partition() {
    return record.partition();
  }

  /** Its offset there. */
  public long offset() {
    return record.offset();
  }

  /** The time of the input record, in milliseconds since 1970. */
  public long timestampMs() {
    return record.timestamp();
  }

  /** The key of the input record; null where it had none. */
  public byte @Nullable [] key() {
    return record.headers().lastHeader(DeadLetters.KEY_ABSENT_HEADER) == null ? record.key() : null;
  }

  /** The bytes of the input record, the beginning of them if it {@link #isCut}; null as it was. */
  public byte @Nullable [] value() {
    return record.value();
  }

  /** All headers, the record's own and those of its death. */
  public Headers headers() {
    return record.headers();
  }

  /** The code of the reason, or {@link #NO_REASON}. */
  public String reason() {
    return text(DeadLetters.REASON_HEADER).orElse(NO_REASON);
  }

  /** The reason in words. */
  public Optional<String> message() {
    return text(DeadLetters.MESSAGE_HEADER);
  }

  /** The input record; empty if the headers do not tell. */
  public Optional<Origin> origin() {
    try {
      Optional<String> partition = text(DeadLetters.PARTITION_HEADER);
      Optional<String> offset = text(DeadLetters.OFFSET_HEADER);
      Optional<String> topic = text(DeadLetters.TOPIC_HEADER);
      if (partition.isEmpty() || offset.isEmpty() || topic.isEmpty()) {
        return Optional.empty();
      }
      return Optional.of(
          new Origin(topic.get(), Integer.parseInt(partition.get()), Long.parseLong(offset.get())));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** How often the frame had been sent again when it died. */
  public int replays() {
    return FrameHeaders.replays(record.headers());
  }

  /** Whether only the beginning of the record is left. */
  public boolean isCut() {
    return record.headers().lastHeader(DeadLetters.CUT_HEADER) != null;
  }

  /**
   * The input record that a chain of replays began with, as {@code topic-partition@offset}: the
   * same for every death of one frame. Empty if the headers do not tell.
   */
  public Optional<String> first() {
    return text(FrameHeaders.REPLAY_OF).or(() -> origin().map(Origin::name));
  }

  private Optional<String> text(String name) {
    Header header = record.headers().lastHeader(name);
    return header == null || header.value() == null
        ? Optional.empty()
        : Optional.of(new String(header.value(), UTF_8));
  }
}
