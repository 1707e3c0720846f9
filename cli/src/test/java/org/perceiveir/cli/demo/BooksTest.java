package org.perceiveir.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.StageTimings;

class BooksTest {
  private final Books books = new Books();

  @Test
  void shouldBalanceWhenEachInputRecordHasOneOutcome() {
    books.enter(telemetry(0, 0, FrameOutcome.RESTORED));
    books.enter(telemetry(1, 0, FrameOutcome.PASSED_THROUGH));
    books.enter(telemetry(1, 1, FrameOutcome.DEAD_LETTERED));
    books.enter(telemetry(1, 2, FrameOutcome.SHED));
    books.enterRestored();
    books.enterRestored();

    assertThat(books.complaint(4)).isEmpty();
    assertThat(books.balance(4)).isEqualTo(new Books.Balance(4, 1, 1, 1, 1, 0));
  }

  @Test
  void shouldComplainWhenAnInputRecordHasNoOutcome() {
    books.enter(telemetry(0, 0, FrameOutcome.DEAD_LETTERED));

    assertThat(books.complaint(2)).contains("2 input records", "1 have an outcome");
    assertThat(books.balance(2).inFlight()).isEqualTo(1);
  }

  @Test
  void shouldComplainWhenAnInputRecordHasTwoOutcomes() {
    // Two for one and none for the other would balance by number alone.
    books.enter(telemetry(0, 0, FrameOutcome.DEAD_LETTERED));
    books.enter(telemetry(0, 0, FrameOutcome.DEAD_LETTERED));

    assertThat(books.complaint(2)).contains("has one already");
  }

  @Test
  void shouldComplainWhenARestoredFrameIsMissing() {
    books.enter(telemetry(0, 0, FrameOutcome.RESTORED));

    assertThat(books.complaint(1)).contains("1 frames in the restored topic, it holds 0");
  }

  private static FrameTelemetry telemetry(int partition, long offset, FrameOutcome outcome) {
    return FrameTelemetry.newBuilder()
        .setInputTopic("frames.degraded")
        .setInputPartition(partition)
        .setInputOffset(offset)
        .setOutcome(outcome)
        .setTimings(StageTimings.newBuilder().build())
        .setProcessedTimeMicros(1)
        .build();
  }
}
