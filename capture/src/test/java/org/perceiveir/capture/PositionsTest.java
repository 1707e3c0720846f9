package org.perceiveir.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class PositionsTest {
  private static final long UNKNOWN = Long.MIN_VALUE;
  private static final long INTERVAL = 40_000;

  /** Places of stamps in milliseconds. */
  private static long[] places(boolean jumps, long... stamps) {
    Positions positions = new Positions(span -> 1_000 * span, INTERVAL, jumps);
    return Arrays.stream(stamps)
        .map(s -> positions.next(s == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(s)))
        .toArray();
  }

  @Test
  void shouldCountFromTheFirstStamp() {
    assertThat(places(true, 7_000, 7_033, 7_100)).containsExactly(0, 33_000, 100_000);
  }

  @Test
  void shouldGoOnWhereTheCounterBeginsAnew() {
    assertThat(places(false, 7_000, 7_033, 0, 50)).containsExactly(0, 33_000, 73_000, 123_000);
  }

  @Test
  void shouldGoOnWherePartsAreJoinedWithALeapForward() {
    assertThat(places(true, 0, 40, 90_000_000, 90_000_040, 90_010_000))
        .containsExactly(0, 40_000, 80_000, 120_000, 10_080_000);
  }

  @Test
  void shouldKeepALongPauseWhereTimesDoNotJump() {
    assertThat(places(false, 0, 60_000)).containsExactly(0, 60_000_000);
  }

  @Test
  void shouldCountFromTheFirstStampThatIsKnown() {
    assertThat(places(false, UNKNOWN, UNKNOWN, 5_000_000, 5_000_050, UNKNOWN, 5_000_100))
        .containsExactly(0, 40_000, 80_000, 130_000, 170_000, 180_000);
  }

  @Test
  void shouldNeverGoBackWhateverTheStamps() {
    assertThat(places(true, Long.MAX_VALUE, Long.MIN_VALUE + 1, 0, -1, Long.MAX_VALUE / 2))
        .isSorted()
        .doesNotHaveDuplicates();
  }
}
