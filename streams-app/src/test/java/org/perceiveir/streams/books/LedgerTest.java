package org.perceiveir.streams.books;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perceiveir.schemas.avro.FrameOutcome;

class LedgerTest {
  private final Ledger ledger = new Ledger(Map.of(0, 100L, 1, 0L));

  @Test
  void shouldFindTheGapThatALostFrameLeaves() {
    ledger.enter(0, 100, FrameOutcome.RESTORED);
    ledger.enter(0, 103, FrameOutcome.DEAD_LETTERED);

    assertThat(ledger.unaccountedBelowCommit(Map.of(0, new Ledger.Progress(110, 104))))
        .containsExactly(new Ledger.Range(0, 101, 103));
    assertThat(ledger.unaccountedAfterCommit(Map.of(0, new Ledger.Progress(110, 104))))
        .containsExactly(new Ledger.Range(0, 104, 110));
  }

  @Test
  void shouldCountARecordThatHasTwoOutcomesAsDoubledAndOnce() {
    ledger.enter(1, 5, FrameOutcome.RESTORED);
    ledger.enter(1, 5, FrameOutcome.RESTORED);
    ledger.enter(0, 100, FrameOutcome.PASSED_THROUGH);

    assertThat(ledger.doubled()).isEqualTo(1);
    assertThat(ledger.accounted()).isEqualTo(2);
    assertThat(ledger.count(FrameOutcome.RESTORED)).isEqualTo(1);
  }

  @Test
  void shouldLeaveOutRecordsThatTheInputNoLongerHolds() {
    ledger.enter(0, 99, FrameOutcome.RESTORED);
    ledger.enter(7, 1, FrameOutcome.RESTORED);

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
}
