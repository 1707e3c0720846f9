package org.perceiveir.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RushTest {
  private final Rush rush = new Rush(new Pace(200, 2), 90, 30);

  @Test
  void shouldSendThreeTimesAsFastAsTheServiceWorksInTheMiddleThirdOnly() {
    assertThat(rush.next(9, 3)).isEqualTo(200);
    assertThat(rush.next(10, 3)).isEqualTo(30);
    assertThat(rush.next(19, 100)).isEqualTo(30);
    assertThat(rush.next(20, 3)).isEqualTo(200);
  }

  /** The truth of what is on its way is on the heap. */
  @Test
  void shouldBoundWhatIsOnItsWayDuringTheRushToo() {
    assertThat(rush.mustWait(15, 149)).isFalse();
    assertThat(rush.mustWait(15, 150)).isTrue();
    assertThat(rush.mustWait(25, 8)).isTrue();
  }

  @Test
  void shouldPreferTheFirstCamera() {
    assertThat(rush.headers(0)).containsEntry("priority", "10");
    assertThat(rush.headers(1)).isEmpty();
  }
}
