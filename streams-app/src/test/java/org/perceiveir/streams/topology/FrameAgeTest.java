package org.perceiveir.streams.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.schemas.avro.AgeOrigin;

class FrameAgeTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_000);
  private static final Duration SKEW = Duration.ofSeconds(60);

  private static FrameAge age(Long captureMicros, long recordMillis) {
    return FrameAge.of(captureMicros, recordMillis, 0, SKEW, NOW);
  }

  @Test
  void shouldCountFromTheCaptureTime() {
    assertThat(age(997_000_000L, 999_000))
        .isEqualTo(new FrameAge(3_000_000, AgeOrigin.CAPTURE_TIME, 1_000_000));
  }

  @Test
  void shouldCountFromTheRecordWhenThereIsNoCaptureTime() {
    assertThat(FrameAge.of(null, 999_500, 0, SKEW, NOW))
        .isEqualTo(new FrameAge(500_000, AgeOrigin.APPEND_TIME, 500_000));
  }

  /** A camera whose clock starts at 1970, or runs in the future, must not lose all its frames. */
  @ParameterizedTest
  @ValueSource(longs = {0, 938_999_999L, 1_059_000_001L, Long.MAX_VALUE, Long.MIN_VALUE})
  void shouldCountFromTheRecordWhenTheCaptureTimeIsTooFarFromIt(long captureMicros) {
    assertThat(age(captureMicros, 999_000))
        .isEqualTo(new FrameAge(1_000_000, AgeOrigin.APPEND_TIME_CLOCK_SKEW, 1_000_000));
  }

  @Test
  void shouldBelieveACaptureTimeAtTheLimit() {
    assertThat(age(939_000_000L, 999_000))
        .isEqualTo(new FrameAge(61_000_000, AgeOrigin.CAPTURE_TIME, 1_000_000));
  }

  @Test
  void shouldBeZeroWhenTheTimeLiesInTheFuture() {
    assertThat(age(1_030_000_000L, 999_000).micros()).isZero();
    assertThat(FrameAge.of(null, 2_000_000, 0, SKEW, NOW).micros()).isZero();
  }

  /** Who sends an old frame again wants it restored, not shed. */
  @Test
  void shouldCountFromTheRecordWhenTheFrameWasSentAgain() {
    assertThat(FrameAge.of(990_000_000L, 999_900, 1, SKEW, NOW))
        .isEqualTo(new FrameAge(100_000, AgeOrigin.APPEND_TIME, 100_000));
  }
}
