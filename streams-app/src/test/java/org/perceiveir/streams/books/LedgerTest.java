package org.perceiveir.streams.books;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
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

  @Test
  void shouldRememberTheSourceOfARecordOnlyWhileItHasNoOutcome() {
    ledger.enter(0, 103, "cam", FrameOutcome.RESTORED);
    assertThat(ledger.find(0, 99, "gone")).isTrue();
    assertThat(ledger.find(0, 103, "known")).isTrue();
    assertThat(ledger.find(0, 100 + (1L << 28), "cannot be")).isTrue();
    assertThat(ledger.find(0, 100, "first")).isTrue();
    assertThat(ledger.find(0, 105, "cam")).isTrue();
    assertThat(ledger.find(7, 0, "no such partition")).isFalse();

    assertThat(ledger.found(new OffsetRange(0, 0, Long.MAX_VALUE)))
        .isEqualTo(Map.of(100L, "first", 105L, "cam"));
    assertThat(ledger.found(new OffsetRange(0, 101, 105))).isEmpty();
    assertThat(ledger.found(new OffsetRange(7, 0, 9))).isEmpty();

    ledger.enter(0, 105, "cam", FrameOutcome.SHED);
    assertThat(ledger.found(new OffsetRange(0, 0, 1_000))).isEqualTo(Map.of(100L, "first"));
  }

  @Test
  void shouldTellWhenItCanRememberNoMoreSources() {
    for (int offset = 0; offset < Ledger.MAX_FOUND - 1; offset++) {
      ledger.find(1, offset, "cam");
    }
    assertThat(ledger.find(1, Ledger.MAX_FOUND - 1, "cam")).isTrue();
    assertThat(ledger.find(1, Ledger.MAX_FOUND, "cam")).isFalse();
  }

  /** The last offset that may be entered, and the first that may not; likewise without a record. */
  @Test
  void shouldTakeOffsetsUpToTheLimitAheadOfTheFirstGap() {
    long last = 100 + (1L << 28) - 1;
    ledger.enter(0, last, "cam", FrameOutcome.RESTORED);
    ledger.enter(0, last + 1, "cam", FrameOutcome.RESTORED);
    assertThat(ledger.accounted()).isEqualTo(1);

    ledger.enterNothing(new OffsetRange(0, last - 1, last + 2));
    assertThat(ledger.unaccountedAfterCommit(Map.of(0, new Ledger.Progress(last + 2, last - 2))))
        .containsExactly(
            new OffsetRange(0, last - 2, last - 1), new OffsetRange(0, last + 1, last + 2));
  }

  @Test
  void shouldKeepWhatWasEnteredAfterTheOffsetsThatTheInputLost() {
    ledger.enter(0, 110, "cam", FrameOutcome.RESTORED);
    ledger.enter(0, 112, "cam", FrameOutcome.RESTORED);
    ledger.forgetBefore(0, 105);

    assertThat(ledger.unaccountedBelowCommit(Map.of(0, new Ledger.Progress(113, 113))))
        .containsExactly(new OffsetRange(0, 105, 110), new OffsetRange(0, 111, 112));
    assertThat(ledger.expired()).containsExactly(new OffsetRange(0, 100, 105));
  }

  @Test
  void shouldForgetEveryDoublingOfARecordThatTheInputLost() {
    for (int i = 0; i < 4; i++) {
      ledger.enter(0, 100, "cam", FrameOutcome.RESTORED);
    }
    assertThat(ledger.doubled()).isEqualTo(3);

    ledger.forgetBefore(0, 101);

    assertThat(ledger.doubled()).isZero();
  }

  @Test
  void shouldListSoManyDoubledRecordsAndCountAll() {
    int doubled = Ledger.MAX_LISTED + 2;
    for (int offset = 0; offset < doubled; offset++) {
      ledger.enter(1, offset, "cam", FrameOutcome.RESTORED);
      ledger.enter(1, offset, "cam", FrameOutcome.RESTORED);
    }
    ledger.enter(1, 0, "cam", FrameOutcome.RESTORED);

    assertThat(ledger.doubled()).isEqualTo(doubled + 1L);
    assertThat(ledger.doubledOffsets())
        .containsExactly(new SourceOffsets("cam", new OffsetRange(1, 0, Ledger.MAX_LISTED)));
  }

  @Test
  void shouldNameSourcesAndPartitionsInOrder() {
    for (String source : List.of("zebra", "mole", "ant", "camera-10", "camera-2", "Bee", "yard")) {
      ledger.enter(1, source.hashCode() & 0xffff, source, FrameOutcome.RESTORED);
      ledger.enter(0, 100 + (source.hashCode() & 0xffff), source, FrameOutcome.RESTORED);
    }

    assertThat(ledger.lines().stream().map(line -> line.source() + " " + line.partition()))
        .hasSize(14)
        .isSorted();
  }
}
