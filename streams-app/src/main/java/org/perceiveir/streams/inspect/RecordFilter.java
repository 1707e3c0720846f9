package org.perceiveir.streams.inspect;

import java.util.Locale;
import java.util.Optional;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.perceiveir.streams.source.SourceReader;

/**
 * Which records of a topic are meant: those for which all conditions hold.
 *
 * @param source the source that the value names, else the record's key; empty for all
 * @param epoch of the frame's identity; empty for all
 * @param sequence of the frame's identity; empty for all
 * @param outcome of telemetry, in any case; empty for all
 * @param reason begin of the telemetry's reason, in any case, such as a code; empty for all
 */
public record RecordFilter(
    Optional<String> source,
    Optional<Long> epoch,
    Optional<Long> sequence,
    Optional<String> outcome,
    Optional<String> reason) {
  /** Every record. */
  public static final RecordFilter ALL =
      new RecordFilter(
          Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

  /**
   * Whether a record is meant.
   *
   * @param value what its value says; null if it is no Avro
   */
  boolean takes(ConsumerRecord<byte[], byte[]> record, @Nullable Object value) {
    GenericRecord fields = value instanceof GenericRecord read ? read : null;
    GenericRecord identity =
        field(fields, "identity") instanceof GenericRecord known ? known : null;
    return source.map(wanted -> wanted.equals(source(record, fields, identity))).orElse(true)
        && epoch.map(wanted -> wanted.equals(field(identity, "streamEpoch"))).orElse(true)
        && sequence.map(wanted -> wanted.equals(field(identity, "sequence"))).orElse(true)
        && outcome.map(wanted -> wanted.equalsIgnoreCase(text(fields, "outcome"))).orElse(true)
        && reason
            .map(wanted -> upper(text(fields, "reason")).startsWith(upper(wanted)))
            .orElse(true);
  }

  private static String source(
      ConsumerRecord<byte[], byte[]> record,
      @Nullable GenericRecord fields,
      @Nullable GenericRecord identity) {
    if (identity != null) {
      return text(identity, "sourceId");
    }
    Object named = field(fields, "source");
    return named == null ? SourceReader.ofKey(record.key()) : named.toString();
  }

  private static String text(@Nullable GenericRecord record, String name) {
    Object value = field(record, name);
    return value == null ? "" : value.toString();
  }

  private static String upper(String text) {
    return text.toUpperCase(Locale.ROOT);
  }

  static @Nullable Object field(@Nullable GenericRecord record, String name) {
    return record != null && record.hasField(name) ? record.get(name) : null;
  }
}
