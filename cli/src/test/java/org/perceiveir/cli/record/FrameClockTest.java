package org.perceiveir.cli.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class FrameClockTest {
  private static final Duration LONGEST = Duration.ofSeconds(2);

  private static long[] times(FrameClock clock, long... captured) {
    return Arrays.stream(captured).map(clock::next).toArray();
  }

  @Test
  void shouldKeepTheTimesBetweenFrames() {
    FrameClock clock = new FrameClock(OptionalDouble.empty(), LONGEST);

    assertThat(times(clock, 1_000_000, 1_040_000, 1_095_000, 2_095_000))
        .containsExactly(0, 40_000, 95_000, 1_095_000);
    assertThat(clock.shortened()).isZero();
  }

  @Test
  void shouldGoOnByTheUsualIntervalWhenTheCameraSetItsClockBack() {
    FrameClock clock = new FrameClock(OptionalDouble.empty(), LONGEST);

    assertThat(times(clock, 9_000_000, 9_030_000, 5_000_000, 5_050_000))
        .containsExactly(0, 30_000, 60_000, 110_000);
  }

  @Test
  void shouldShortenAndCountALongPause() {
    FrameClock clock = new FrameClock(OptionalDouble.empty(), LONGEST);

    assertThat(times(clock, 0, 40_000, 3_600_000_000L, 3_600_040_000L))
        .containsExactly(0, 40_000, 2_040_000, 2_080_000);
    assertThat(clock.shortened()).isEqualTo(1);
    assertThat(clock.time()).isEqualTo(2_080_000);
  }

  @Test
  void shouldIgnoreCaptureTimesWhenTheRateIsGiven() {
    FrameClock clock = new FrameClock(OptionalDouble.of(30), LONGEST);

    assertThat(times(clock, 7, 5, 9_000_000, 9_000_001))
        .containsExactly(0, 33_333, 66_667, 100_000);
  }
}
