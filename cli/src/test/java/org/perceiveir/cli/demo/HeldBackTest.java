package org.perceiveir.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class HeldBackTest {
  private final AtomicBoolean happened = new AtomicBoolean();
  private final HeldBack traffic = new HeldBack(new Pace(100, 2), 10, happened::get);

  @Test
  void shouldLetOnlyTheLaterFramesWaitUntilItHappened() {
    assertThat(traffic.mustWait(9, 0)).isFalse();
    assertThat(traffic.mustWait(10, 0)).isTrue();

    happened.set(true);
    assertThat(traffic.mustWait(10, 0)).isFalse();
    assertThat(traffic.mustWait(10, 8)).as("so many are on their way").isTrue();
    assertThat(traffic.next(10, 3)).isEqualTo(100);
  }
}
