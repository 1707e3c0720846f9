package org.perceiveir.streams.books;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;

/**
 * Telemetry that retention deleted before it was read, and until when it may have been written.
 *
 * <p>A partition of the telemetry topic that begins after offset 0 has lost what came before. That
 * was written no later than its first record that is still there; where none is left, it is older
 * than the retention. An input record from after that time has its telemetry, or is missing.
 */
final class TelemetryHoles {
  private final Map<TopicPartition, Long> begins = new HashMap<>();
  private final Map<TopicPartition, Long> firstTimes = new HashMap<>();
  private final Map<TopicPartition, Long> untilMs = new HashMap<>();
  private final Map<TopicPartition, Long> settled = new HashMap<>();

  /** Notes the time of a record; only the first one after the begin of a partition counts. */
  void read(TopicPartition partition, long begin, long timestampMs) {
    Long known = begins.put(partition, begin);
    if (known == null || known != begin) {
      firstTimes.put(partition, timestampMs);
    }
  }

  /**
   * Decides about holes that are new, when all telemetry has been read.
   *
   * @param found where reading began in each partition
   * @param oldestMs time of the oldest record that retention by time allows
   * @return whether there was a new one
   */
  boolean settle(Map<TopicPartition, Long> found, LongSupplier oldestMs) {
    boolean changed = false;
    for (Map.Entry<TopicPartition, Long> partition : found.entrySet()) {
      Long before = settled.put(partition.getKey(), partition.getValue());
      if (partition.getValue() > 0 && !partition.getValue().equals(before)) {
        boolean readThere = partition.getValue().equals(begins.get(partition.getKey()));
        Long first = readThere ? firstTimes.get(partition.getKey()) : null;
        untilMs.put(partition.getKey(), first == null ? oldestMs.getAsLong() : first);
        changed = true;
      }
    }
    return changed;
  }

  /** When the last deleted telemetry may have been written; empty if none was deleted. */
  OptionalLong untilMs() {
    return untilMs.values().stream().mapToLong(Long::longValue).max();
  }
}
