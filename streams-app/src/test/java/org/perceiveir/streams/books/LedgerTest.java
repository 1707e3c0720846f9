package org.perceiveir.streams.books;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perceiveir.schemas.avro.FrameOutcome;

class LedgerTest {
  private final Ledger ledger = new Ledger(Map.of(0, 100L, 1, 0L));

  @Test
  void shouldFindTheGapThatALostFrameLeaves() {
    ledger.enter(0, 100, "cam", FrameOutcome.RESTORED);
    ledger.enter(0, 103, "cam", FrameOutcome.DEAD_LETTERED);

    assertThat(ledger.unaccountedBelowCommit(Map.of(0, new Ledger.Progress(110, 104))))
        .containsExactly(new OffsetRange(0, 101, 103));
    assertThat(ledger.unaccountedAfterCommit(Map.of(0, new Ledger.Progress(110, 104))))
        .containsExactly(new OffsetRange(0, 104, 110));
  }

  @Test
  void shouldCountARecordThatHasTwoOutcomesAsDoubledAndOnce() {
    ledger.enter(1, 5, "cam", FrameOutcome.RESTORED);
    ledger.enter(1, 5, "cam", FrameOutcome.RESTORED);
    ledger.enter(0, 100, "cam", FrameOutcome.PASSED_THROUGH);

    assertThat(ledger.doubled()).isEqualTo(1);
    assertThat(ledger.accounted()).isEqualTo(2);
    assertThat(ledger.count(FrameOutcome.RESTORED)).isEqualTo(1);
  }

  @Test
  void shouldLeaveOutRecordsThatTheInputNoLongerHolds() {
    ledger.enter(0, 99, "cam", FrameOutcome.RESTORED);
    ledger.enter(7, 1, "cam", FrameOutcome.RESTORED);

    assertThat(ledger.accounted()).isZero();
  }

  @Test
  void shouldHaveNoGapWhenNothingWasCommittedOrReceived() {
    assertThat(ledger.unaccountedBelowCommit(Map.of(1, new Ledger.Progress(0, 0)))).isEmpty();
    assertThat(ledger.unaccountedAfterCommit(Map.of(1, new Ledger.Progress(0, 0)))).isEmpty();
    assertThat(ledger.unaccountedBelowCommit(Map.of(0, new Ledger.Progress(100, 0)))).isEmpty();
  }

  @Test
  void shouldBalanceOnlyWithoutLossAndDoubling() {
    assertThat(new Books(10, 6, 1, 0, 2, 1, 0, 0).balanced()).isTrue();
    assertThat(new Books(10, 6, 1, 0, 2, 1, 0, 0).settled()).isFalse();
    assertThat(new Books(10, 6, 1, 0, 3, 0, 0, 0).settled()).isTrue();
    assertThat(new Books(10, 6, 1, 0, 2, 0, 1, 0).balanced()).isFalse();
    assertThat(new Books(10, 6, 1, 0, 3, 0, 0, 1).balanced()).isFalse();
    assertThat(new Books(10, 6, 1, 0, 2, 0, 1, 3).summary())
        .contains("MISSING 1")
        .contains("DOUBLED 3");
  }

  /** An offset without a record must not be missing, nor keep the ledger from sliding over it. */
  @Test
  void shouldCloseTheGapsOfOffsetsThatHoldNoRecord() {
    ledger.enter(1, 0, "cam", FrameOutcome.RESTORED);
    ledger.enterNothing(new OffsetRange(1, 1, 3));
    ledger.enter(1, 3, "cam", FrameOutcome.RESTORED);

    assertThat(ledger.unaccountedBelowCommit(Map.of(1, new Ledger.Progress(4, 4)))).isEmpty();
    assertThat(ledger.accounted()).isEqualTo(2);
    assertThat(ledger.doubled()).isZero();
  }

  /** A ledger that is open for months must find a doubled record of its first day all the same. */
  @Test
  void shouldFindADoubledRecordBehindMillionsWithoutKeepingThem() {
    for (long offset = 0; offset < 1_000_000; offset++) {
      if (offset != 900_001) {
        ledger.enter(1, offset, "cam", FrameOutcome.RESTORED);
      }
    }
    ledger.enter(1, 17, "cam", FrameOutcome.RESTORED);
    ledger.enter(1, 999_999, "other", FrameOutcome.RESTORED);
    ledger.enter(1, 999_999, "other", FrameOutcome.RESTORED);

    assertThat(ledger.doubled()).isEqualTo(3);
    assertThat(ledger.doubledOffsets())
        .containsExactly(
            new SourceOffsets("cam", new OffsetRange(1, 17, 18)),
            new SourceOffsets("other", new OffsetRange(1, 999_999, 1_000_000)));
    assertThat(ledger.unaccountedBelowCommit(Map.of(1, new Ledger.Progress(1 << 20, 1_000_000))))
        .containsExactly(new OffsetRange(1, 900_001, 900_002));
  }

  @Test
  void shouldLeaveOutWhatTheInputLosesLaterAndTellWhatHadNoOutcomeByThen() {
    ledger.enter(0, 100, "cam", FrameOutcome.RESTORED);
    ledger.enter(0, 100, "cam", FrameOutcome.RESTORED);
    ledger.find(0, 102, "cam");
    ledger.forgetBefore(0, 105);
    ledger.forgetBefore(0, 107);
    ledger.enter(0, 104, "cam", FrameOutcome.RESTORED);
    ledger.enter(0, 107, "cam", FrameOutcome.SHED);

    assertThat(ledger.expired()).containsExactly(new OffsetRange(0, 101, 107));
    assertThat(ledger.doubled()).isZero();
    assertThat(ledger.accounted()).isEqualTo(2);
    assertThat(ledger.found(new OffsetRange(0, 100, 110))).isEmpty();
    assertThat(ledger.unaccountedBelowCommit(Map.of(0, new Ledger.Progress(109, 109))))
        .containsExactly(new OffsetRange(0, 108, 109));
  }

  /** Anyone may write telemetry: a nonsense offset must not take the heap. */
  @Test
  void shouldIgnoreAnOffsetThatCannotBe() {
    ledger.enter(1, Long.MAX_VALUE, "cam", FrameOutcome.RESTORED);
    ledger.enter(1, Integer.MAX_VALUE, "cam", FrameOutcome.RESTORED);
    ledger.enter(1, -1, "cam", FrameOutcome.RESTORED);

    assertThat(ledger.accounted()).isZero();
  }

  @Test
  void shouldCollectTheSourcesBeyondTheLimitUnderOneName() {
    for (int i = 0; i < Ledger.MAX_SOURCES + 5; i++) {
      ledger.enter(1, i, "cam-" + i, FrameOutcome.DEAD_LETTERED);
    }

    assertThat(ledger.lines()).hasSize(Ledger.MAX_SOURCES + 1);
    assertThat(ledger.accounted()).isEqualTo(Ledger.MAX_SOURCES + 5);
    assertThat(ledger.lines())
        .filteredOn(line -> line.source().equals(Ledger.OTHERS))
        .extracting(line -> line.books().deadLettered())
        .containsExactly(5L);
  }
}
