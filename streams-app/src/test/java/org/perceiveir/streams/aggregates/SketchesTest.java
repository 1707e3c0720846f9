package org.perceiveir.streams.aggregates;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.perceiveir.schemas.avro.LatencyPercentiles;
import org.perceiveir.schemas.avro.LatencySketch;

class SketchesTest {

  @Test
  void shouldBeWithinOnePercentOfTheExactPercentiles() {
    for (int seed = 0; seed < 10; seed++) {
      Random random = new Random(seed);
      int count = 1 + random.nextInt(3_000);
      long[] values = new long[count];
      LatencySketch sketch = Sketches.empty();
      for (int i = 0; i < count; i++) {
        // From a microsecond to a quarter of an hour, as many in each decade.
        values[i] = (long) Math.pow(10, random.nextDouble() * 9);
        Sketches.add(sketch, values[i]);
      }
      Arrays.sort(values);

      LatencyPercentiles percentiles = Objects.requireNonNull(Sketches.percentiles(sketch));
      assertThat(percentiles.getCount()).isEqualTo(count);
      assertNear(percentiles.getP50Micros(), exact(values, 50));
      assertNear(percentiles.getP95Micros(), exact(values, 95));
      assertNear(percentiles.getP99Micros(), exact(values, 99));
      assertNear(percentiles.getMaxMicros(), values[count - 1]);
    }
  }

  private static long exact(long[] sorted, int percent) {
    return sorted[(int) Math.ceil(sorted.length * percent / 100.0) - 1];
  }

  private static void assertNear(long value, long exact) {
    assertThat((double) value).isBetween((double) exact, exact * 1.01);
  }

  @Test
  void shouldStaySmallHoweverManyValuesThereAre() {
    Random random = new Random(1);
    LatencySketch usual = Sketches.empty();
    LatencySketch worst = Sketches.empty();
    for (int i = 0; i < 100_000; i++) {
      Sketches.add(usual, Math.round(30_000 + 3_000 * random.nextGaussian()));
      Sketches.add(worst, (long) Math.pow(10, random.nextDouble() * 9.6));
    }

    assertThat(usual.getHistogram().remaining()).isLessThan(400);
    assertThat(worst.getHistogram().remaining()).isLessThan(10_000);
    assertThat(usual.getRecent()).hasSizeLessThan(Sketches.RECENT);
  }

  @Test
  void shouldTakeWhatIsNegativeAsZeroAndWhatIsTooLongAsAnHour() {
    LatencySketch sketch = Sketches.empty();
    Sketches.add(sketch, -5L);
    Sketches.add(sketch, null);
    assertThat(Sketches.percentiles(sketch)).isEqualTo(new LatencyPercentiles(1L, 0L, 0L, 0L, 0L));

    for (int i = 0; i < Sketches.RECENT; i++) {
      Sketches.add(sketch, Long.MAX_VALUE);
    }
    LatencyPercentiles percentiles = Objects.requireNonNull(Sketches.percentiles(sketch));
    assertThat(percentiles.getCount()).isEqualTo(Sketches.RECENT + 1);
    assertNear(percentiles.getMaxMicros(), Sketches.MAX_MICROS);
  }

  @Test
  void shouldHaveNoPercentilesOfNothing() {
    assertThat(Sketches.percentiles(Sketches.empty())).isNull();
  }
}
