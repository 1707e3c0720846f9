package org.perceiveir.streams.aggregates;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.perceiveir.schemas.avro.AlertKind;
import org.perceiveir.schemas.avro.SourceState;
import org.perceiveir.streams.aggregates.AlertChanges.Evidence;

/**
 * The alert about a source that sends nothing.
 *
 * <p>It is raised when no frame came for {@code alerts.silent.after.ms}, and cleared when frames
 * have come for as long without a gap of more than half of it: a camera that sends a frame now and
 * then stays silent.
 */
final class SilenceAlert {
  private final Optional<Duration> limit;

  SilenceAlert(Optional<Duration> limit) {
    this.limit = limit;
  }

  /** Enters the time of a frame's telemetry, as a sign of life. */
  void frame(AlertChanges alerts, long timeMs) {
    SourceState state = alerts.state();
    Long last = state.getLastFrameMs();
    if (last != null && timeMs <= last) {
      return;
    }
    state.setLastFrameMs(timeMs);
    if (limit.isEmpty()) {
      return;
    }
    long limitMs = limit.get().toMillis();
    if (last == null || timeMs - last > limitMs / 2) {
      state.setSteadySinceMs(timeMs);
    }
    long steadyMs = timeMs - state.getSteadySinceMs();
    if (steadyMs >= limitMs && alerts.raised(AlertKind.SILENT) != null) {
      String text =
          "frames come again, for %d ms without a gap of more than %d ms; cleared after %d ms"
              .formatted(steadyMs, limitMs / 2, limitMs);
      alerts.clear(
          AlertKind.SILENT,
          state.getSteadySinceMs(),
          new Evidence(text, Map.of("steadyMs", (double) steadyMs, "limitMs", (double) limitMs)));
    }
  }

  /**
   * Raises the alert if the source is silent.
   *
   * @param lookedForMs how long one has been looking; silence of an absence is none
   */
  void look(AlertChanges alerts, long lookedForMs) {
    SourceState state = alerts.state();
    Long last = state.getLastFrameMs();
    if (!isWatched(state) || last == null || limit.isEmpty()) {
      return;
    }
    long limitMs = limit.get().toMillis();
    long silentMs = alerts.nowMs() - last;
    if (silentMs >= limitMs && lookedForMs >= limitMs) {
      String text =
          "no frame for %d ms, the last one at %s; silent after %d ms"
              .formatted(silentMs, Instant.ofEpochMilli(last), limitMs);
      alerts.raise(
          AlertKind.SILENT,
          last,
          alerts.nowMs(),
          new Evidence(text, Map.of("silentMs", (double) silentMs, "limitMs", (double) limitMs)));
    }
  }

  /** When {@link #look} may next have something to do, in milliseconds since 1970. */
  long nextMs(SourceState state) {
    Long last = state.getLastFrameMs();
    return isWatched(state) && last != null && limit.isPresent()
        ? last + limit.get().toMillis()
        : Long.MAX_VALUE;
  }

  /** Records that are no frames have no camera that could be silent. */
  private static boolean isWatched(SourceState state) {
    return state.getCamera() && !state.getAlerts().containsKey(AlertKind.SILENT.name());
  }
}
