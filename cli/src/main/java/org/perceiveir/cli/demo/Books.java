package org.perceiveir.cli.demo;

import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameTelemetry;

/**
 * Input records against what became of them.
 *
 * <p>Only committed telemetry counts, so an aborted transaction leaves no trace here. Not
 * thread-safe.
 */
final class Books {
  private final Map<FrameOutcome, Long> outcomes = new EnumMap<>(FrameOutcome.class);
  private final Set<Position> accounted = new HashSet<>();
  private long duplicates;
  private long restoredRecords;

  private record Position(int partition, long offset) {}

  /**
   * A balance.
   *
   * @param received input records
   * @param restored those the network restored
   * @param passedThrough those written with their pixels unchanged
   * @param shed those given up under load
   * @param deadLettered those that could not be read or restored
   * @param inFlight those without an outcome yet
   */
  record Balance(
      long received,
      long restored,
      long passedThrough,
      long shed,
      long deadLettered,
      long inFlight) {}

  /** Enters a telemetry record. */
  void enter(FrameTelemetry telemetry) {
    Position position = new Position(telemetry.getInputPartition(), telemetry.getInputOffset());
    if (accounted.add(position)) {
      outcomes.merge(telemetry.getOutcome(), 1L, Long::sum);
    } else {
      duplicates++;
    }
  }

  /** Enters a record of the restored topic. */
  void enterRestored() {
    restoredRecords++;
  }

  /** Input records that have an outcome. */
  long accounted() {
    return accounted.size();
  }

  /** Records of the restored topic. */
  long restoredRecords() {
    return restoredRecords;
  }

  /** Records that the restored topic must hold by the telemetry so far. */
  long restoredRecordsExpected() {
    return count(FrameOutcome.RESTORED) + count(FrameOutcome.PASSED_THROUGH);
  }

  /**
   * The balance against the input.
   *
   * @param received input records, from the offsets of the input topic
   */
  Balance balance(long received) {
    return new Balance(
        received,
        count(FrameOutcome.RESTORED),
        count(FrameOutcome.PASSED_THROUGH),
        count(FrameOutcome.SHED),
        count(FrameOutcome.DEAD_LETTERED),
        received - accounted.size());
  }

  /** What is wrong with the books, or an empty text where each input record has one outcome. */
  String complaint(long received) {
    if (duplicates > 0) {
      return duplicates + " telemetry records name an input record that has one already";
    }
    if (accounted.size() != received) {
      return received + " input records, but " + accounted.size() + " have an outcome";
    }
    if (restoredRecords != restoredRecordsExpected()) {
      return "telemetry speaks of "
          + restoredRecordsExpected()
          + " frames in the restored topic, it holds "
          + restoredRecords;
    }
    return "";
  }

  private long count(FrameOutcome outcome) {
    return outcomes.getOrDefault(outcome, 0L);
  }
}
