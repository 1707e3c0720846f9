package org.perceiveir.streams.books;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class TelemetryHolesTest {
  private static final TopicPartition P0 = new TopicPartition("frames.telemetry", 0);
  private static final TopicPartition P1 = new TopicPartition("frames.telemetry", 1);
  private static final long OLDEST = 50;

  private final TelemetryHoles holes = new TelemetryHoles();

  private boolean settle(Map<TopicPartition, Long> begins) {
    return holes.settle(begins, () -> OLDEST);
  }

  @Test
  void shouldSeeNoHoleWhereATopicBeginsAtItsFirstRecord() {
    holes.read(P0, 0, 100);

    assertThat(settle(Map.of(P0, 0L))).isFalse();
    assertThat(holes.untilMs()).isEmpty();
  }

  @Test
  void shouldDateAHoleByTheFirstRecordThatIsStillThere() {
    holes.read(P0, 7, 100);
    holes.read(P0, 7, 200);

    assertThat(settle(Map.of(P0, 7L))).isTrue();
    assertThat(holes.untilMs()).hasValue(100);
  }

  @Test
  void shouldDateAHoleByTheRetentionWhereNoRecordIsLeft() {
    assertThat(settle(Map.of(P0, 7L))).isTrue();
    assertThat(holes.untilMs()).hasValue(OLDEST);
  }

  @Test
  void shouldTellOfAHoleOnceAndOfEachThatIsNew() {
    holes.read(P0, 7, 100);
    assertThat(settle(Map.of(P0, 7L, P1, 0L))).isTrue();
    assertThat(settle(Map.of(P0, 7L, P1, 0L))).isFalse();

    holes.read(P0, 9, 300);
    assertThat(settle(Map.of(P0, 9L, P1, 0L))).isTrue();
    assertThat(holes.untilMs()).hasValue(300);
  }

  /** What was read from an older begin says nothing of the time of the new one. */
  @Test
  void shouldNotDateAHoleByARecordOfAnEarlierReading() {
    holes.read(P0, 7, 100);

    assertThat(settle(Map.of(P0, 9L))).isTrue();
    assertThat(holes.untilMs()).hasValue(OLDEST);
  }

  @Test
  void shouldTellTheLatestTimeOfAllHoles() {
    holes.read(P0, 7, 100);
    holes.read(P1, 3, 400);

    assertThat(settle(Map.of(P0, 7L, P1, 3L))).isTrue();
    assertThat(holes.untilMs()).hasValue(400);
  }
}
