package org.perceiveir.streams.replay;

import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.perceiveir.streams.client.TopicScan;

/** Offsets of one topic that are to be sent again. Not thread-safe. */
public final class ChosenRecords {
  private final Map<Integer, NavigableSet<Long>> offsets = new TreeMap<>();

  /** No records. */
  public ChosenRecords() {}

  /** Chooses a record. */
  public void add(int partition, long offset) {
    offsets.computeIfAbsent(partition, p -> new TreeSet<>()).add(offset);
  }

  /** How many there are. */
  public long size() {
    return offsets.values().stream().mapToLong(NavigableSet::size).sum();
  }

  /**
   * Reads them, each partition in the order of its offsets.
   *
   * @param scan the topic they are in
   * @param interrupted whether to end
   * @throws ReplayFailedException if one is gone by now, or the command is interrupted
   */
  public void read(
      TopicScan scan,
      BooleanSupplier interrupted,
      Consumer<ConsumerRecord<byte[], byte[]>> reader) {
    for (Map.Entry<Integer, NavigableSet<Long>> partition : offsets.entrySet()) {
      NavigableSet<Long> left = new TreeSet<>(partition.getValue());
      scan.range(
          partition.getKey(),
          left.first(),
          left.last() + 1,
          record -> {
            if (interrupted.getAsBoolean()) {
              throw new ReplayFailedException("nothing was sent: the command was ended", null);
            }
            if (left.remove(record.offset())) {
              reader.accept(record);
            }
            return true;
          });
      if (!left.isEmpty()) {
        throw new ReplayFailedException(
            "nothing was sent: "
                + ReplayTransaction.name(scan.topic(), partition.getKey(), left.first())
                + " has left the topic meanwhile; run it again",
            null);
      }
    }
  }
}
