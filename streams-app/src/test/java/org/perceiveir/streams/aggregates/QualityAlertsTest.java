package org.perceiveir.streams.aggregates;

import static org.assertj.core.api.Assertions.assertThat;
import static org.perceiveir.streams.aggregates.AggregatesDriver.BEGIN;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.perceiveir.schemas.avro.AlertKind;
import org.perceiveir.schemas.avro.AlertState;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.QualityAlert;

class QualityAlertsTest {

  private static Consumer<FrameTelemetry> bad(AlertKind kind) {
    return switch (kind) {
      case SHEDDING -> AggregatesDriver::shed;
      case DEAD_LETTERING -> AggregatesDriver::deadLettered;
      case QUALITY_FELL -> AggregatesDriver::terrible;
      case SILENT -> throw new IllegalArgumentException();
    };
  }

  @ParameterizedTest
  @EnumSource(
      value = AlertKind.class,
      names = {"SHEDDING", "DEAD_LETTERING"})
  void shouldRaiseAtTheUpperThresholdAndClearOnlyWellBelowTheLower(AlertKind kind) {
    try (AggregatesDriver driver =
        new AggregatesDriver(
            "alerts.shed.raise", "0.2",
            "alerts.shed.clear", "0.05",
            "alerts.dead.letter.raise", "0.2",
            "alerts.dead.letter.clear", "0.05")) {
      driver.window("cam", 20, 3, bad(kind));
      driver.window("cam", 20, 4, bad(kind));
      driver.window("cam", 20, 20, bad(kind));
      driver.window("cam", 20, 2, bad(kind));
      driver.window("cam", 20, 1, bad(kind));
      driver.window("cam", 20, 0, bad(kind));
      driver.window("cam", 20, 2, bad(kind));
      List<TestRecord<String, QualityAlert>> records = driver.alertRecords();
      assertThat(records).as("15 % no, 20 % yes; then nothing is over").hasSize(1);
      assertThat(records.get(0).key()).isEqualTo("cam|" + kind);
      QualityAlert raised = records.get(0).value();
      assertThat(raised.getState()).isEqualTo(AlertState.RAISED);
      assertThat(raised.getSource()).isEqualTo("cam");
      assertThat(raised.getSinceMicros()).isEqualTo((BEGIN + 10_000) * 1_000);
      assertThat(raised.getUntilMicros()).isNull();
      assertThat(raised.getDecidedMicros()).isGreaterThan((BEGIN + 20_000) * 1_000);
      assertThat(raised.getEvidence()).startsWith("4 of 20 frames ").contains("raised at 20.0 %");
      assertThat(raised.getMeasurements())
          .containsEntry("allFrames", 20.0)
          .containsEntry("badFrames", 4.0)
          .containsEntry("badShare", 0.2)
          .containsEntry("raiseShare", 0.2)
          .containsEntry("clearShare", 0.05);

      long goodSince = driver.nowMs();
      driver.window("cam", 20, 1, bad(kind));
      driver.window("cam", 20, 0, bad(kind));
      driver.window("cam", 20, 1, bad(kind));
      driver.window("cam", 20, 0, bad(kind));
      List<QualityAlert> cleared = driver.alerts();
      assertThat(cleared).hasSize(1);
      assertThat(cleared.get(0).getState()).isEqualTo(AlertState.CLEARED);
      assertThat(cleared.get(0).getSinceMicros()).isEqualTo(raised.getSinceMicros());
      assertThat(cleared.get(0).getUntilMicros()).isEqualTo(goodSince * 1_000);
    }
  }

  /** One bad frame of two is 50 %, and no alert. */
  @Test
  void shouldJoinWindowsUntilThereAreEnoughFrames() {
    try (AggregatesDriver driver = new AggregatesDriver()) {
      for (int i = 0; i < 4; i++) {
        driver.window("cam", 2, 1, AggregatesDriver::shed);
        assertThat(driver.alerts()).isEmpty();
      }
      driver.window("cam", 2, 0, AggregatesDriver::shed);
      driver.window("cam", 2, 0, AggregatesDriver::shed);
      driver.window("cam", 2, 0, AggregatesDriver::shed);

      List<QualityAlert> alerts = driver.alerts();
      assertThat(alerts).hasSize(1);
      assertThat(alerts.get(0).getEvidence()).startsWith("4 of 10 frames shed");
    }
  }

  @Test
  void shouldTellAFallFromExcellentToTerribleAndNothingElse() {
    try (AggregatesDriver driver = new AggregatesDriver()) {
      driver.window("night", 20, 20, AggregatesDriver::terrible);
      driver.window("night", 20, 20, AggregatesDriver::mediocre);
      driver.window("night", 20, 20, AggregatesDriver::terrible);
      driver.pass(Duration.ofMinutes(1));
      assertThat(driver.alertNames())
          .as("it never was excellent")
          .containsExactly("RAISED SILENT night");

      driver.window("cam", 20, 20, AggregatesDriver::excellent);
      driver.window("cam", 20, 20, AggregatesDriver::mediocre);
      driver.window("cam", 20, 9, AggregatesDriver::terrible);
      driver.window("cam", 20, 20, AggregatesDriver::mediocre);
      driver.window("cam", 20, 20, AggregatesDriver::terrible);
      driver.window("cam", 20, 20, AggregatesDriver::terrible);
      driver.window("cam", 20, 20, AggregatesDriver::terrible);
      List<QualityAlert> alerts = driver.alerts();
      assertThat(alerts).hasSize(1);
      assertThat(alerts.get(0).getKind()).isEqualTo(AlertKind.QUALITY_FELL);
      assertThat(alerts.get(0).getEvidence())
          .startsWith("20 of 20 frames terrible (100.0 %)")
          .contains("last excellent at ");

      for (int i = 0; i < 4; i++) {
        driver.window("cam", 20, 20, AggregatesDriver::mediocre);
      }
      driver.window("cam", 20, 0, AggregatesDriver::mediocre);
      assertThat(driver.alertNames()).containsExactly("CLEARED QUALITY_FELL cam");
    }
  }

  @Test
  void shouldForgetExcellenceThatIsLongAgo() {
    try (AggregatesDriver driver =
        new AggregatesDriver("alerts.memory.ms", "60000", "alerts.silent.after.ms", "-1")) {
      driver.window("cam", 20, 20, AggregatesDriver::excellent);
      for (int i = 0; i < 7; i++) {
        driver.window("cam", 20, 20, AggregatesDriver::mediocre);
      }
      driver.window("cam", 20, 20, AggregatesDriver::terrible);
      driver.window("cam", 20, 20, AggregatesDriver::terrible);
      driver.pass(Duration.ofMinutes(1));

      assertThat(driver.alerts()).isEmpty();
    }
  }

  @Test
  void shouldLeaveFramesThatWereSentAgainOutOfEveryAlert() {
    try (AggregatesDriver driver = new AggregatesDriver("alerts.silent.after.ms", "20000")) {
      driver.window("cam", 20, 0, frame -> {});
      for (int i = 0; i < 4; i++) {
        driver.window(
            "cam",
            20,
            20,
            frame -> {
              frame.setAttempt(1);
              AggregatesDriver.shed(frame);
            });
      }
      driver.pass(Duration.ofSeconds(5));

      assertThat(driver.alertNames())
          .as("frames of the past are no sign of life")
          .containsExactly("RAISED SILENT cam");
    }
  }

  @Test
  void shouldRaiseSilenceByTheClockAndClearItWhenFramesComeSteadily() {
    try (AggregatesDriver driver = new AggregatesDriver("alerts.silent.after.ms", "20000")) {
      driver.window("other", 20, 0, frame -> {});
      driver.window("cam", 20, 0, frame -> {});
      long last = driver.nowMs() - 500;
      driver.window("other", 20, 0, frame -> {});
      assertThat(driver.alerts()).isEmpty();
      driver.window("other", 20, 0, frame -> {});
      List<QualityAlert> alerts = driver.alerts();
      assertThat(alerts).hasSize(1);
      assertThat(alerts.get(0).getKind()).isEqualTo(AlertKind.SILENT);
      assertThat(alerts.get(0).getSource()).isEqualTo("cam");
      assertThat(alerts.get(0).getSinceMicros()).isEqualTo(last * 1_000);
      assertThat(alerts.get(0).getMeasurements()).containsEntry("limitMs", 20_000.0);

      for (int i = 0; i < 5; i++) {
        driver.pass(Duration.ofSeconds(15));
        driver.send("cam");
      }
      assertThat(driver.alertNames())
          .as("a frame now and then is no life; the other one is silent as well")
          .containsExactly("RAISED SILENT other");

      long again = driver.nowMs();
      driver.window("cam", 20, 0, frame -> {});
      driver.window("cam", 20, 0, frame -> {});
      driver.send("cam");
      alerts = driver.alerts();
      assertThat(alerts).hasSize(1);
      assertThat(alerts.get(0).getState()).isEqualTo(AlertState.CLEARED);
      assertThat(alerts.get(0).getSource()).isEqualTo("cam");
      assertThat(alerts.get(0).getSinceMicros()).isEqualTo(last * 1_000);
      assertThat(alerts.get(0).getUntilMicros()).isEqualTo(again * 1_000);
    }
  }

  @Test
  void shouldClearAnAlertWhoseSourceSendsTooLittleToBeJudged() {
    try (AggregatesDriver driver = new AggregatesDriver("alerts.idle.clear.ms", "120000")) {
      driver.window(
          "unknown",
          20,
          20,
          frame -> {
            frame.setIdentity(null);
            AggregatesDriver.deadLettered(frame);
          });
      driver.pass(Duration.ofSeconds(60));
      assertThat(driver.alertNames()).containsExactly("RAISED DEAD_LETTERING unknown");

      driver.pass(Duration.ofSeconds(80));
      assertThat(driver.alertNames()).containsExactly("CLEARED DEAD_LETTERING unknown");
    }
  }

  /** Retention deletes what is old from a compacted topic too, also what still holds. */
  @Test
  void shouldWriteAnAlertThatHoldsAgainAndForgetItsSourceInTheEnd() {
    try (AggregatesDriver driver = new AggregatesDriver("alerts.forget.source.ms", "5400000")) {
      driver.send("cam");
      driver.pass(Duration.ofMinutes(2));
      List<QualityAlert> first = driver.alerts();
      assertThat(first).hasSize(1);
      for (int i = 0; i < 70; i++) {
        driver.leap(Duration.ofMinutes(1));
      }
      List<QualityAlert> again = driver.alerts();
      assertThat(again).hasSize(1);
      assertThat(again.get(0).getState()).isEqualTo(AlertState.RAISED);
      assertThat(again.get(0).getSinceMicros()).isEqualTo(first.get(0).getSinceMicros());
      assertThat(again.get(0).getDecidedMicros()).isGreaterThan(first.get(0).getDecidedMicros());

      for (int i = 0; i < 30; i++) {
        driver.leap(Duration.ofMinutes(1));
      }
      List<QualityAlert> forgotten = driver.alerts();
      assertThat(forgotten).hasSize(1);
      assertThat(forgotten.get(0).getState()).isEqualTo(AlertState.CLEARED);
      assertThat(forgotten.get(0).getEvidence()).startsWith("the source is forgotten");
      driver.leap(Duration.ofHours(5));
      assertThat(driver.alerts()).isEmpty();
    }
  }

  @Test
  void shouldCallNoSourceSilentWhenThatIsSwitchedOff() {
    try (AggregatesDriver driver = new AggregatesDriver("alerts.silent.after.ms", "-1")) {
      driver.send("cam");
      driver.pass(Duration.ofMinutes(5));

      assertThat(driver.alerts()).isEmpty();
      assertThat(driver.sources()).hasSize(1);
    }
  }
}
