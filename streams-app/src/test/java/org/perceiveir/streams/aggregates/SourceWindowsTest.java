package org.perceiveir.streams.aggregates;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.perceiveir.streams.aggregates.AggregatesDriver.BEGIN;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameRoute;
import org.perceiveir.schemas.avro.OutcomeCounts;
import org.perceiveir.schemas.avro.SequenceSpan;
import org.perceiveir.schemas.avro.SourceTelemetry;
import org.perceiveir.schemas.avro.TierCounts;
import org.perceiveir.schemas.avro.TierProbabilities;

class SourceWindowsTest {
  private static final Duration WINDOW = Duration.ofSeconds(10);

  @Test
  void shouldSumUpTheFramesOfAWindowOnceWhenItIsOver() {
    try (AggregatesDriver driver = new AggregatesDriver()) {
      for (int i = 0; i < 100; i++) {
        int number = i;
        driver.send(
            "cam",
            frame -> {
              frame.setOutcome(
                  switch (number) {
                    case 97 -> FrameOutcome.PASSED_THROUGH;
                    case 98 -> FrameOutcome.SHED;
                    case 99 -> FrameOutcome.DEAD_LETTERED;
                    default -> FrameOutcome.RESTORED;
                  });
              frame.setBytesIn(1_000);
              frame.setBytesOut(number < 98 ? 2_000 : 0);
              frame.setAgeMicros(1_000L * (number + 1));
              frame.getTimings().setInferMicros(50_000L);
              frame.setBundleName("compact");
              frame.setBundleVersion("0");
              frame.setAttempt(number == 99 ? 1 : 0);
              if (number < 60) {
                frame.setTiersBefore(new TierProbabilities(0.5f, 0.5f, 0f));
                frame.setTiersAfter(new TierProbabilities(0f, 0f, 1f));
                frame.setDegradation(number < 40 ? "rain" : "haze");
                frame.setRoute(number < 50 ? FrameRoute.FULL : FrameRoute.LIGHT);
              }
            });
        driver.pass(Duration.ofMillis(50));
      }
      driver.send("other");
      driver.pass(WINDOW);
      assertThat(driver.sources()).isEmpty();

      driver.send("other");
      driver.pass(Duration.ofSeconds(1));
      List<SourceTelemetry> records = driver.sources();
      assertThat(records).hasSize(2);
      SourceTelemetry cam =
          records.stream().filter(record -> record.getSource().equals("cam")).findAny().get();
      assertThat(cam.getWindowStartMicros()).isEqualTo(BEGIN * 1_000);
      assertThat(cam.getWindowEndMicros()).isEqualTo((BEGIN + 10_000) * 1_000);
      assertThat(cam.getFrames()).isEqualTo(100);
      assertThat(cam.getFramesPerSecond()).isEqualTo(10);
      assertThat(cam.getOutcomes()).isEqualTo(new OutcomeCounts(97L, 1L, 1L, 1L));
      // Two tiers that are equally probable are the worse one.
      assertThat(cam.getTiersBefore()).isEqualTo(new TierCounts(60L, 0L, 0L));
      assertThat(cam.getTiersAfter()).isEqualTo(new TierCounts(0L, 0L, 60L));
      assertThat(cam.getDegradations()).isEqualTo(Map.of("rain", 40L, "haze", 20L));
      assertThat(cam.getRoutes()).isEqualTo(Map.of("FULL", 50L, "LIGHT", 10L));
      assertThat(cam.getBundles()).isEqualTo(Map.of("compact 0", 100L));
      assertThat(cam.getAge().getCount()).isEqualTo(100);
      assertThat(cam.getAge().getP50Micros()).isBetween(50_000L, 50_500L);
      assertThat(cam.getAge().getP95Micros()).isBetween(95_000L, 95_950L);
      assertThat(cam.getAge().getP99Micros()).isBetween(99_000L, 99_990L);
      assertThat(cam.getAge().getMaxMicros()).isBetween(100_000L, 101_000L);
      assertThat(cam.getInfer().getP99Micros()).isBetween(50_000L, 50_500L);
      assertThat(cam.getQueue()).isNull();
      assertThat(cam.getBytesIn()).isEqualTo(100_000);
      assertThat(cam.getBytesOut()).isEqualTo(196_000);
      assertThat(cam.getSequences()).isEqualTo(new SequenceSpan(1L, 0L, 1L, 98L));
      assertThat(cam.getReplayed()).isEqualTo(1);
      assertThat(cam.getLate()).isZero();

      driver.send("other");
      driver.pass(Duration.ofMinutes(2));
      assertThat(driver.sources())
          .as("what comes later is of later windows")
          .extracting(SourceTelemetry::getSource)
          .containsOnly("other");
    }
  }

  @Test
  void shouldTakeWhatComesWithinTheGraceAndTellOnceWhatComesLater() {
    try (AggregatesDriver driver = new AggregatesDriver()) {
      driver.send("cam");
      driver.pass(Duration.ofSeconds(14));
      driver.send("cam");
      driver.sendAt("cam", BEGIN + 9_999);
      driver.pass(Duration.ofSeconds(2));
      driver.send("cam");
      driver.sendAt("cam", BEGIN + 9_999);
      driver.sendAt("cam", BEGIN);
      driver.pass(WINDOW);
      driver.send("cam");
      driver.pass(WINDOW);
      driver.send("cam");

      List<SourceTelemetry> records = driver.sources();
      assertThat(records).extracting(SourceTelemetry::getFrames).containsExactly(2L, 2L, 1L);
      assertThat(records).extracting(SourceTelemetry::getLate).containsExactly(0L, 2L, 0L);
      driver.pass(Duration.ofMinutes(1));
      assertThat(driver.sources()).extracting(SourceTelemetry::getLate).containsOnly(0L);
    }
  }

  /** The last window of a source that stops would never be told otherwise. */
  @Test
  void shouldEndWindowsByTheClockOnTheWallWhenTelemetryStops() {
    try (AggregatesDriver driver = new AggregatesDriver("alerts.silent.after.ms", "20000")) {
      driver.send("cam");
      driver.pass(Duration.ofSeconds(19));
      assertThat(driver.sources()).as("a commit of the restoration may still bring more").isEmpty();

      driver.pass(Duration.ofSeconds(2));
      assertThat(driver.sources()).hasSize(1);
    }
  }

  /** After a restart, on a slow broker: what lies there is not late because it is read late. */
  @Test
  void shouldNotEndWindowsByTheClockOnTheWallWhileThereIsMoreToRead() {
    try (AggregatesDriver driver = new AggregatesDriver("alerts.silent.after.ms", "20000")) {
      driver.send("cam");
      long first = driver.nowMs();
      driver.unread(true);
      driver.pass(Duration.ofMinutes(2));
      assertThat(driver.sources()).isEmpty();
      assertThat(driver.alerts()).as("nobody knows whether it is silent").isEmpty();

      driver.sendAt("cam", first + 1);
      driver.unread(false);
      driver.pass(Duration.ofSeconds(21));
      SourceTelemetry window = driver.sources().get(0);
      assertThat(window.getFrames()).isEqualTo(2);
      assertThat(window.getLate()).isZero();
      assertThat(driver.alertNames()).containsExactly("RAISED SILENT cam");
    }
  }

  @Test
  void shouldCountRecordsWithoutAFrameUnderTheirKey() {
    try (AggregatesDriver driver = new AggregatesDriver()) {
      for (int i = 0; i < 3; i++) {
        driver.send("unknown", frame -> frame.setIdentity(null));
      }
      driver.sendRaw("unknown", new byte[] {1, 2, 3});
      driver.pass(Duration.ofMinutes(1));

      List<SourceTelemetry> records = driver.sources();
      assertThat(records).hasSize(1);
      assertThat(records.get(0).getSource()).isEqualTo("unknown");
      assertThat(records.get(0).getFrames()).isEqualTo(3);
      assertThat(records.get(0).getSequences()).isNull();
      assertThat(driver.counters().unreadable()).isEqualTo(1);
      assertThat(driver.alerts()).as("no camera stands behind that key").isEmpty();
    }
  }

  /** A bundle or a stranger that makes up names must not fill the heap. */
  @Test
  void shouldCountManyNamesTogether() {
    try (AggregatesDriver driver = new AggregatesDriver()) {
      for (int i = 0; i < 100; i++) {
        String name = "degradation-" + i;
        driver.send("cam", frame -> frame.setDegradation(name));
      }
      driver.pass(Duration.ofMinutes(1));

      Map<String, Long> degradations = driver.sources().get(0).getDegradations();
      assertThat(degradations).hasSize(Windows.MAX_NAMES + 1).containsEntry("other", 68L);
    }
  }

  /** Whoever publishes names the sources; each has a state on the heap and in the changelog. */
  @Test
  void shouldSumUpTheSourcesBeyondTheLimitTogetherAndCallThemNeverSilent() {
    try (AggregatesDriver driver = new AggregatesDriver("alerts.silent.after.ms", "20000")) {
      for (int i = 0; i < SourceAggregator.MAX_SOURCES; i++) {
        driver.send("cam-" + i);
      }
      for (int i = 0; i < 20; i++) {
        driver.send("flood-" + i, AggregatesDriver::deadLettered);
      }
      driver.pass(Duration.ofMinutes(1));

      List<SourceTelemetry> records = driver.sources();
      assertThat(records).hasSize(SourceAggregator.MAX_SOURCES + 1);
      assertThat(records)
          .filteredOn(record -> record.getSource().equals(SourceAggregator.OTHERS))
          .extracting(SourceTelemetry::getFrames)
          .containsExactly(20L);
      assertThat(driver.alertNames())
          .hasSize(SourceAggregator.MAX_SOURCES + 1)
          .contains("RAISED SILENT cam-0", "RAISED DEAD_LETTERING " + SourceAggregator.OTHERS)
          .doesNotContain("RAISED SILENT " + SourceAggregator.OTHERS);
    }
  }

  @Test
  void shouldKeepSourcesApartByTheFrameAndNotByTheKey() {
    try (AggregatesDriver driver = new AggregatesDriver()) {
      driver.send("key", driver.frame("a|b"));
      driver.send("key", driver.frame("\u00fc"));
      driver.pass(Duration.ofMinutes(1));

      assertThat(driver.sources())
          .extracting(SourceTelemetry::getSource)
          .containsExactlyInAnyOrder("a|b", new String("\u00fc".getBytes(UTF_8), UTF_8));
    }
  }
}
