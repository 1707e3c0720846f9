package org.perceiveir.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PaceTest {

  @Test
  void shouldSettleJustBelowWhatThePipelineTakes() {
    // A pipeline that takes one frame each 100 ms, and a first guess that is ten times too fast.
    Pace pace = new Pace(10, 2);
    double time = 0;
    double queue = 0;
    double interval = 0;
    for (int i = 0; i < 400; i++) {
      interval = pace.next(i, (int) queue);
      time += interval;
      queue = Math.max(0, queue + 1 - interval / 100);
    }

    assertThat(interval).isBetween(80.0, 130.0);
    assertThat(queue).isLessThan(8);
    assertThat(time / 400).isGreaterThan(60);
  }

  @Test
  void shouldMakeTheSenderWaitWhenNothingComesBack() {
    Pace pace = new Pace(100, 1);

    assertThat(pace.mustWait(0, 1)).isFalse();
    assertThat(pace.mustWait(0, 8)).isTrue();
  }
}
