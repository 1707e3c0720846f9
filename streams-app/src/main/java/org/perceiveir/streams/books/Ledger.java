package org.perceiveir.streams.books;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.perceiveir.schemas.avro.FrameOutcome;

/**
 * Telemetry by input partition and offset, one bit for each input record. Not thread-safe.
 *
 * <p>Entries before the first offset of a partition are left out: those records are no longer in
 * the input topic, so there is nothing to compare them with.
 */
final class Ledger {

  /** Offsets {@code from} (inclusive) to {@code to} (exclusive) of one partition. */
  record Range(int partition, long from, long to) {
    long length() {
      return to - from;
    }
  }

  /**
   * One input partition at the moment of a balance.
   *
   * @param end offset after its last record
   * @param committed offset up to which the service has committed
   */
  record Progress(long end, long committed) {}

  private final Map<Integer, Long> firstOffsets;
  private final Map<Integer, BitSet> entered = new TreeMap<>();
  private final Map<FrameOutcome, Long> outcomes = new EnumMap<>(FrameOutcome.class);
  private long doubled;

  /**
   * An empty ledger.
   *
   * @param firstOffsets the first offset that counts, for each input partition
   */
  Ledger(Map<Integer, Long> firstOffsets) {
    this.firstOffsets = new TreeMap<>(firstOffsets);
    firstOffsets.keySet().forEach(partition -> entered.put(partition, new BitSet()));
  }

  /** Enters one telemetry record. */
  void enter(int partition, long offset, FrameOutcome outcome) {
    Long first = firstOffsets.get(partition);
    BitSet bits = entered.get(partition);
    if (first == null || bits == null || offset < first) {
      return;
    }
    int bit = Math.toIntExact(offset - first);
    if (bits.get(bit)) {
      doubled++;
    } else {
      bits.set(bit);
      outcomes.merge(outcome, 1L, Long::sum);
    }
  }

  /** Records with an outcome. */
  long accounted() {
    return outcomes.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Telemetry records beyond the first of an input record. */
  long doubled() {
    return doubled;
  }

  /** Records with one outcome. */
  long count(FrameOutcome outcome) {
    return outcomes.getOrDefault(outcome, 0L);
  }

  /** Offsets without an outcome below what the service has committed. */
  List<Range> unaccountedBelowCommit(Map<Integer, Progress> progress) {
    List<Range> ranges = new ArrayList<>();
    progress.forEach(
        (partition, at) -> {
          long first = firstOffsets.getOrDefault(partition, 0L);
          addGaps(ranges, partition, first, Math.min(at.committed(), at.end()));
        });
    return ranges;
  }

  /** Offsets without an outcome from what the service has committed on. */
  List<Range> unaccountedAfterCommit(Map<Integer, Progress> progress) {
    List<Range> ranges = new ArrayList<>();
    progress.forEach(
        (partition, at) -> {
          long first = firstOffsets.getOrDefault(partition, 0L);
          addGaps(ranges, partition, Math.max(first, at.committed()), at.end());
        });
    return ranges;
  }

  private void addGaps(List<Range> into, int partition, long from, long to) {
    long first = firstOffsets.getOrDefault(partition, 0L);
    BitSet bits = entered.getOrDefault(partition, new BitSet());
    long at = from;
    while (at < to) {
      long gap = first + bits.nextClearBit(Math.toIntExact(at - first));
      if (gap >= to) {
        return;
      }
      int next = bits.nextSetBit(Math.toIntExact(gap - first));
      long gapEnd = next < 0 ? to : Math.min(to, first + next);
      into.add(new Range(partition, gap, gapEnd));
      at = gapEnd;
    }
  }
}
