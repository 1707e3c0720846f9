package org.perceiveir.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.perceiveir.cli.bench.MemoryLine.Sample;

class MemoryLineTest {
  @Test
  void shouldGiveTheSlopeInMibPerHourWhenSamplesLieOnALine() {
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      samples.add(new Sample(i * 60, 500 + i / 60.0 * 12, 0));
    }

    MemoryLine line = MemoryLine.through(samples);

    assertThat(line.mibPerHour()).isEqualTo(12, within(1e-9));
    assertThat(line.standardError()).isEqualTo(0, within(1e-9));
  }

  @Test
  void shouldCoverTheTrueSlopeByThreeStandardErrorsWhenSamplesScatter() {
    SplittableRandom random = new SplittableRandom(4);
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      samples.add(new Sample(i * 6, 800 + 3 * i / 600.0 + random.nextDouble(-20, 20), i));
    }

    MemoryLine line = MemoryLine.through(samples);

    assertThat(line.standardError()).isBetween(1.0, 3.0);
    assertThat(Math.abs(line.mibPerHour() - 3)).isLessThan(3 * line.standardError());
  }

  @Test
  void shouldRefuseSamplesThatGiveNoLine() {
    Sample one = new Sample(1, 1, 0);

    assertThatThrownBy(() -> MemoryLine.through(List.of(one, new Sample(2, 1, 0))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> MemoryLine.through(List.of(one, one, one)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
