package org.perceiveir.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perceiveir.imaging.degrade.DegradationType;
import org.perceiveir.streams.books.Books;

class ScoreboardTest {
  private static final long MS = 1_000_000;

  private final Scoreboard scores = new Scoreboard();

  @Test
  void shouldAverageOverFramesAndNotOverKinds() {
    scores.add(DegradationType.NOISE, 20, 30, 0, 10 * MS);
    scores.add(DegradationType.NOISE, 22, 32, 0, 10 * MS);
    scores.add(DegradationType.HAZE, 10, 14, 0, 10 * MS);

    assertThat(scores.overall().degraded()).isCloseTo(52 / 3.0, within(1e-9));
    assertThat(scores.overall().restored()).isCloseTo(76 / 3.0, within(1e-9));
    assertThat(scores.byDegradation())
        .containsExactly(
            new Scoreboard.Quality("noise", 2, 21, 31), new Scoreboard.Quality("haze", 1, 10, 14));
  }

  @Test
  void shouldTakePercentilesByNearestRankAndRateFromFirstSentToLastBack() {
    for (int i = 1; i <= 100; i++) {
      scores.add(DegradationType.RAIN, 20, 25, i * (20 * MS), i * (21 * MS));
    }

    assertThat(scores.latency()).isEqualTo(new Scoreboard.Latency(50, 95, 99));
    assertThat(scores.framesPerSecond()).isCloseTo(100 / 2.08, within(1e-9));
  }

  @Test
  void shouldKeepTheMeanFiniteWhenAFrameComesBackPerfect() {
    scores.add(DegradationType.BLUR, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, 0, MS);

    assertThat(scores.overall().restored()).isEqualTo(Scoreboard.MAX_PSNR);
  }

  @Test
  void shouldReportZerosAndNoNanBeforeAnyFrameIsBack() {
    ObjectNode json = report().toJson();

    assertThat(json.toString()).doesNotContain("NaN", "Infinity");
    assertThat(json.at("/latencyMs/p99").asDouble()).isZero();
    assertThat(report().toLines()).isNotEmpty();
  }

  @Test
  void shouldWriteTheKeysThatScriptsRelyOn() {
    scores.add(DegradationType.NOISE, 20.12345, 30, 0, 10 * MS);
    ObjectNode json = report().toJson();

    assertThat(json.at("/frames").properties().stream().map(java.util.Map.Entry::getKey))
        .containsExactly(
            "received", "restored", "passedThrough", "shed", "deadLettered", "inFlight");
    assertThat(json.at("/psnrDb/degraded").asDouble()).isEqualTo(20.123);
    assertThat(json.at("/fps").isNumber()).isTrue();
    assertThat(json.at("/bundle").asText()).isEqualTo("compact 1");
    assertThat(json.at("/device").asText()).isEqualTo("cpu");
    assertThat(json.at("/deadLetterReasons/IMAGE_TRUNCATED").asInt()).isEqualTo(2);
    assertThat(json.at("/byModel/compact-next 1").asInt()).isEqualTo(4);
    assertThat(report().toLines())
        .contains("  dead letters 2 IMAGE_TRUNCATED", "  4 frames by compact-next 1");
  }

  private DemoReport report() {
    return new DemoReport(
        new Books(1, 1, 0, 0, 0, 0, 0, 0),
        scores.framesPerSecond(),
        scores.latency(),
        scores.overall(),
        scores.byDegradation(),
        Map.of("IMAGE_TRUNCATED", 2L),
        Map.of("compact 1", 3L, "compact-next 1", 4L),
        "compact 1",
        "cpu");
  }
}
