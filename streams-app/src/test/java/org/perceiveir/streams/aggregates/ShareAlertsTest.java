package org.perceiveir.streams.aggregates;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.schemas.avro.AlertKind;
import org.perceiveir.schemas.avro.AlertState;
import org.perceiveir.schemas.avro.OpenWindow;
import org.perceiveir.schemas.avro.OutcomeTally;
import org.perceiveir.schemas.avro.QualityAlert;
import org.perceiveir.schemas.avro.SourceState;
import org.perceiveir.streams.config.AlertSettings;
import org.perceiveir.streams.config.ServiceConfig;

/** Property: whatever the shares are, an alert does not flap. */
class ShareAlertsTest {
  private static final int FRAMES = 200;
  private static final int JUDGEMENTS = 1_000;

  private final AlertSettings settings =
      ServiceConfig.of(
              new HashMap<>(
                  Map.of("kafka.bootstrap.servers", "b:1", "schema.registry.url", "http://r")))
          .alerts();

  private final SourceState state = Windows.newSource();
  private final List<QualityAlert> alerts = new ArrayList<>();

  private void judge(int window, long shed) {
    OpenWindow over = new OpenWindow();
    over.setStartMs(window * 10_000L);
    over.setLive(new OutcomeTally(window * 10_000L, (long) FRAMES, shed, 0L));
    long endMs = (window + 1) * 10_000L;
    new ShareAlerts(settings)
        .outcomes(new AlertChanges("cam", state, endMs, alerts::add), over, endMs);
  }

  /** Shares that move about one threshold, however long, change the alert once at most. */
  @ParameterizedTest
  @ValueSource(doubles = {0.02, 0.1})
  void shouldChangeOnceAtMostWhileTheShareMovesAboutOneThreshold(double threshold) {
    for (int seed = 0; seed < 10; seed++) {
      Random random = new Random(seed);
      state.getAlerts().clear();
      alerts.clear();
      for (int i = 0; i < JUDGEMENTS; i++) {
        // From 0.5 to 1.5 of the threshold: never down to the other one.
        double share = threshold * (0.5 + random.nextDouble());
        judge(i, Math.round((threshold == 0.02 ? Math.max(share, 0.021) : share) * FRAMES));
      }
      assertThat(alerts).as("seed %d", seed).hasSizeLessThanOrEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void shouldChangeOnlyAsTheThresholdsAllow(int seed) {
    Random random = new Random(seed);
    List<Long> shed = new ArrayList<>();
    double level = 0.05;
    boolean raised = false;
    for (int i = 0; i < JUDGEMENTS; i++) {
      level = Math.max(0, Math.min(0.2, level + random.nextGaussian() * 0.03));
      shed.add(Math.round(level * FRAMES));
      int before = alerts.size();
      judge(i, shed.get(i));

      if (alerts.size() > before) {
        assertThat(alerts).hasSize(before + 1);
        QualityAlert last = alerts.get(before);
        assertThat(last.getKind()).isEqualTo(AlertKind.SHEDDING);
        if (last.getState() == AlertState.RAISED) {
          assertThat(raised).isFalse();
          assertThat(shed.get(i)).isGreaterThanOrEqualTo((long) (0.1 * FRAMES));
        } else {
          assertThat(raised).isTrue();
          assertThat(shed.subList(i - 2, i + 1)).allMatch(frames -> frames <= 0.02 * FRAMES);
          assertThat(last.getUntilMicros()).isEqualTo((i - 2) * 10_000_000L);
        }
        raised = !raised;
      } else {
        boolean clears =
            raised
                && i >= 2
                && shed.subList(i - 2, i + 1).stream().allMatch(frames -> frames <= 0.02 * FRAMES);
        assertThat(clears).as("an alert whose end is plain").isFalse();
        assertThat(!raised && shed.get(i) >= 0.1 * FRAMES).as("an alert overdue").isFalse();
      }
    }
    assertThat(alerts).as("the walk crosses both thresholds").hasSizeGreaterThan(5);
  }
}
