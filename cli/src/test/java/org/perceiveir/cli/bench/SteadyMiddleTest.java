package org.perceiveir.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.perceiveir.cli.bench.SteadyMiddle.Sample;
import org.perceiveir.cli.failure.CommandFailure;

class SteadyMiddleTest {
  private static final long DAY_2026 = 1_780_000_000_000_000L;

  @Test
  void shouldFindTheRateWhenOutcomesComeInBursts() {
    // 400 records at 50/s, sixteen of them at a time: between two single records of the middle the
    // rate would seem to be up to a tenth off, and the ratio is promised to a twentieth.
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      samples.add(new Sample(DAY_2026 + (i / 16) * 320_000L + i % 16, 8));
    }
    Collections.shuffle(samples, new Random(1));

    assertThat(SteadyMiddle.of(samples, 8).perSecond()).isCloseTo(50, within(0.5));
  }

  @Test
  void shouldLeaveOutASlowStartAndASlowEnd() {
    List<Sample> samples = new ArrayList<>();
    long time = DAY_2026;
    for (int i = 0; i < 100; i++) {
      time += i < 20 || i >= 90 ? 500_000 : 10_000;
      samples.add(new Sample(time, 0));
    }

    assertThat(SteadyMiddle.of(samples, 8).perSecond()).isCloseTo(100, within(1e-3));
  }

  @Test
  void shouldAverageBatchesOverPassesAndNotOverFrames() {
    // One pass of eight and four of one: twelve frames in five passes. Over frames it would be 5.7.
    List<Sample> samples = new ArrayList<>(Collections.nCopies(8, new Sample(DAY_2026, 8)));
    samples.addAll(Collections.nCopies(4, new Sample(DAY_2026, 1)));
    samples.add(new Sample(DAY_2026, 0));

    assertThat(SteadyMiddle.averageBatch(samples)).isCloseTo(12.0 / 5, within(1e-9));
    assertThat(SteadyMiddle.averageBatch(List.of(new Sample(DAY_2026, 0)))).isZero();
  }

  @Test
  void shouldAskForMoreFramesWhenTimeDoesNotPass() {
    List<Sample> samples = Collections.nCopies(20, new Sample(DAY_2026, 1));

    assertThatThrownBy(() -> SteadyMiddle.of(samples, 8))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("20 records");
    assertThatThrownBy(() -> SteadyMiddle.of(List.of(), 8)).isInstanceOf(CommandFailure.class);
  }
}
