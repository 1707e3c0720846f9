package org.perceiveir.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RoundsTest {

  @Test
  void shouldCompareMediansAndSpanTheRatiosWithinRounds() {
    Rounds.Ratio ratio = rounds(90, 50, 95).over(rounds(100, 100, 50));

    assertThat(ratio.ofMedians()).isCloseTo(0.9, within(1e-9));
    assertThat(ratio.min()).isCloseTo(0.5, within(1e-9));
    assertThat(ratio.max()).isCloseTo(1.9, within(1e-9));
  }

  @Test
  void shouldDivideRoundByRoundWhenFiguresArePaired() {
    Rounds quotients = rounds(90, 50, 95).quotients(rounds(100, 100, 50));

    assertThat(quotients.values()).containsExactly(0.9, 0.5, 1.9);
    assertThat(quotients.median()).isEqualTo(0.9);
  }

  @Test
  void shouldTakeTheMeanOfTheMiddleTwoWhenRoundsAreEven() {
    assertThat(rounds(4, 1, 2, 9).median()).isEqualTo(3);
  }

  @Test
  void shouldRefuseAFigureThatWasNotMeasured() {
    assertThatThrownBy(() -> new Rounds().median()).isInstanceOf(IllegalStateException.class);
  }

  private static Rounds rounds(double... values) {
    Rounds rounds = new Rounds();
    for (double value : values) {
      rounds.add(value);
    }
    return rounds;
  }
}
