package org.perceiveir.streams.aggregates;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.perceiveir.schemas.avro.AlertKind;
import org.perceiveir.schemas.avro.OpenWindow;
import org.perceiveir.schemas.avro.OutcomeTally;
import org.perceiveir.schemas.avro.RaisedAlert;
import org.perceiveir.schemas.avro.SourceState;
import org.perceiveir.schemas.avro.TierTally;
import org.perceiveir.streams.aggregates.AlertChanges.Evidence;
import org.perceiveir.streams.config.AlertSettings;

/**
 * Alerts about a share of the frames: shed, dead-lettered, terrible.
 *
 * <pre>
 *           share &gt;= raise                  share &lt;= clear
 *   quiet -------------------&gt; raised ---------------------------&gt; ending
 *     ^                          ^   ^                                |  |
 *     |                          |   +---------- share &gt; clear -------+  |
 *     +------------- share &lt;= clear, so many times in a row ------------+
 * </pre>
 *
 * <p>A share is judged on at least {@code alerts.min.frames} frames; windows are joined until there
 * are as many. Between the two thresholds nothing changes and one good judgement ends nothing, so
 * an alert whose share moves about a threshold does not flap. One whose source sends too little to
 * be judged ends when none of its frames was bad for {@code alerts.idle.clear.ms}.
 */
final class ShareAlerts {
  private final AlertSettings settings;

  ShareAlerts(AlertSettings settings) {
    this.settings = settings;
  }

  /** The frames of one judgement. */
  private record Span(long fromMs, long toMs, long frames) {
    double share(long some) {
      return (double) some / frames;
    }
  }

  /** Enters the outcomes of a window that is over, and judges if there are enough frames. */
  void outcomes(AlertChanges alerts, OpenWindow window, long endMs) {
    SourceState state = alerts.state();
    OutcomeTally live = window.getLive();
    bad(alerts, AlertKind.SHEDDING, live.getShed(), endMs);
    bad(alerts, AlertKind.DEAD_LETTERING, live.getDeadLettered(), endMs);
    OutcomeTally tally = state.getOutcomes();
    if (beginsAnew(tally.getFrames(), tally.getFromMs(), endMs)) {
      tally = new OutcomeTally(window.getStartMs(), 0L, 0L, 0L);
      state.setOutcomes(tally);
    }
    tally.setFrames(tally.getFrames() + live.getFrames());
    tally.setShed(tally.getShed() + live.getShed());
    tally.setDeadLettered(tally.getDeadLettered() + live.getDeadLettered());
    if (tally.getFrames() >= settings.minFrames()) {
      Span span = new Span(tally.getFromMs(), endMs, tally.getFrames());
      judge(alerts, AlertKind.SHEDDING, tally.getShed(), span, true);
      judge(alerts, AlertKind.DEAD_LETTERING, tally.getDeadLettered(), span, true);
      state.setOutcomes(new OutcomeTally(0L, 0L, 0L, 0L));
    }
  }

  /** The same for the quality of the input. */
  void quality(AlertChanges alerts, OpenWindow window, long endMs) {
    SourceState state = alerts.state();
    TierTally live = window.getLiveTiers();
    bad(alerts, AlertKind.QUALITY_FELL, live.getTerrible(), endMs);
    TierTally tally = state.getTiers();
    if (beginsAnew(tally.getFrames(), tally.getFromMs(), endMs)) {
      tally = new TierTally(window.getStartMs(), 0L, 0L, 0L);
      state.setTiers(tally);
    }
    tally.setFrames(tally.getFrames() + live.getFrames());
    tally.setTerrible(tally.getTerrible() + live.getTerrible());
    tally.setExcellent(tally.getExcellent() + live.getExcellent());
    if (tally.getFrames() >= settings.minFrames()) {
      Span span = new Span(tally.getFromMs(), endMs, tally.getFrames());
      Long excellent = state.getExcellentMs();
      boolean was = excellent != null && endMs - excellent <= settings.memory().toMillis();
      judge(alerts, AlertKind.QUALITY_FELL, tally.getTerrible(), span, was);
      if (span.share(tally.getExcellent()) >= settings.excellent()) {
        state.setExcellentMs(endMs);
      }
      state.setTiers(new TierTally(0L, 0L, 0L, 0L));
    }
  }

  private boolean beginsAnew(long frames, long fromMs, long endMs) {
    return frames == 0 || endMs - fromMs > settings.memory().toMillis();
  }

  private static void bad(AlertChanges alerts, AlertKind kind, long frames, long endMs) {
    RaisedAlert raised = alerts.raised(kind);
    if (raised != null && frames > 0) {
      raised.setLastBadMs(endMs);
    }
  }

  private void judge(AlertChanges alerts, AlertKind kind, long bad, Span span, boolean mayRaise) {
    AlertSettings.Limits limits = limits(kind);
    double share = span.share(bad);
    RaisedAlert raised = alerts.raised(kind);
    if (raised == null) {
      if (mayRaise && share >= limits.raise()) {
        alerts.raise(kind, span.fromMs(), span.toMs(), evidence(alerts, kind, bad, span));
      }
      return;
    }
    Evidence evidence = evidence(alerts, kind, bad, span);
    raised.setEvidence(evidence.text());
    raised.setMeasurements(evidence.measurements());
    if (share > limits.clear()) {
      raised.setGood(0);
      return;
    }
    if (raised.getGood() == 0) {
      raised.setGoodSinceMs(span.fromMs());
    }
    raised.setGood(raised.getGood() + 1);
    if (raised.getGood() >= settings.clearJudgements()) {
      alerts.clear(kind, raised.getGoodSinceMs(), evidence);
    }
  }

  /** Clears alerts that no bad frame speaks for any more, however few frames there are. */
  void idle(AlertChanges alerts) {
    long limitMs = settings.idleClear().toMillis();
    for (AlertKind kind : alerts.kinds()) {
      RaisedAlert raised = alerts.raised(kind);
      if (raised != null && kind != AlertKind.SILENT) {
        long goodMs = alerts.nowMs() - raised.getLastBadMs();
        if (goodMs >= limitMs) {
          alerts.clear(
              kind,
              raised.getLastBadMs(),
              new Evidence(
                  "no " + name(kind) + " frame for " + goodMs + " ms; cleared after " + limitMs,
                  Map.of("goodMs", (double) goodMs, "limitMs", (double) limitMs)));
        }
      }
    }
  }

  /** When {@link #idle} may next have something to do, in milliseconds since 1970. */
  long nextMs(SourceState state) {
    return state.getAlerts().entrySet().stream()
        .filter(alert -> !alert.getKey().equals(AlertKind.SILENT.name()))
        .mapToLong(alert -> alert.getValue().getLastBadMs() + settings.idleClear().toMillis())
        .min()
        .orElse(Long.MAX_VALUE);
  }

  private AlertSettings.Limits limits(AlertKind kind) {
    return switch (kind) {
      case QUALITY_FELL -> settings.terrible();
      case SHEDDING -> settings.shed();
      case DEAD_LETTERING -> settings.deadLettered();
      case SILENT -> throw new IllegalArgumentException("silence is no share of the frames");
    };
  }

  private static String name(AlertKind kind) {
    return switch (kind) {
      case QUALITY_FELL -> "terrible";
      case SHEDDING -> "shed";
      case DEAD_LETTERING -> "dead-lettered";
      case SILENT -> throw new IllegalArgumentException("silence is no share of the frames");
    };
  }

  private Evidence evidence(AlertChanges alerts, AlertKind kind, long bad, Span span) {
    AlertSettings.Limits limits = limits(kind);
    Map<String, Double> measurements = new LinkedHashMap<>();
    measurements.put("allFrames", (double) span.frames());
    measurements.put("badFrames", (double) bad);
    measurements.put("badShare", span.share(bad));
    measurements.put("raiseShare", limits.raise());
    measurements.put("clearShare", limits.clear());
    Long excellent = alerts.state().getExcellentMs();
    String text =
        String.format(
            Locale.ROOT,
            "%d of %d frames %s (%.1f %%) from %s to %s; raised at %.1f %%, cleared at %.1f %%",
            bad,
            span.frames(),
            name(kind),
            100 * span.share(bad),
            Instant.ofEpochMilli(span.fromMs()),
            Instant.ofEpochMilli(span.toMs()),
            100 * limits.raise(),
            100 * limits.clear());
    return new Evidence(
        kind == AlertKind.QUALITY_FELL && excellent != null
            ? text + "; last excellent at " + Instant.ofEpochMilli(excellent)
            : text,
        measurements);
  }
}
