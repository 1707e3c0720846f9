package org.perceiveir.streams.aggregates;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.avro.AlertKind;
import org.perceiveir.schemas.avro.AlertState;
import org.perceiveir.schemas.avro.QualityAlert;
import org.perceiveir.schemas.avro.RaisedAlert;
import org.perceiveir.schemas.avro.SourceState;

/**
 * The alerts that one source has raised, and the records that say so. Whatever changes one is told
 * to the writer at once.
 *
 * @param source the source
 * @param state where its alerts are kept
 * @param nowMs the time of the decision, in milliseconds since 1970
 * @param writer takes the records
 */
record AlertChanges(String source, SourceState state, long nowMs, Consumer<QualityAlert> writer) {

  /**
   * What was measured and against which limit.
   *
   * @param text for people
   * @param measurements the same for programs, each in the unit that its name ends with
   */
  record Evidence(String text, Map<String, Double> measurements) {}

  /** The alert of a kind, if it holds. */
  @Nullable RaisedAlert raised(AlertKind kind) {
    return state.getAlerts().get(kind.name());
  }

  /** The kinds that hold. */
  List<AlertKind> kinds() {
    return state.getAlerts().keySet().stream().map(AlertKind::valueOf).sorted().toList();
  }

  /**
   * Raises an alert that does not hold yet.
   *
   * @param sinceMs when it began to be so
   * @param badMs until when it certainly was so
   */
  void raise(AlertKind kind, long sinceMs, long badMs, Evidence evidence) {
    RaisedAlert raised =
        new RaisedAlert(sinceMs, nowMs, badMs, 0, 0L, evidence.text(), evidence.measurements());
    state.getAlerts().put(kind.name(), raised);
    write(kind, raised);
  }

  /** Writes an alert that holds once more. */
  void remind(AlertKind kind, RaisedAlert raised) {
    raised.setWrittenMs(nowMs);
    write(kind, raised);
  }

  private void write(AlertKind kind, RaisedAlert raised) {
    writer.accept(
        new QualityAlert(
            kind,
            source,
            AlertState.RAISED,
            micros(raised.getSinceMs()),
            null,
            micros(nowMs),
            raised.getEvidence(),
            raised.getMeasurements()));
  }

  /**
   * Clears an alert that holds.
   *
   * @param untilMs when it ended
   */
  void clear(AlertKind kind, long untilMs, Evidence evidence) {
    RaisedAlert raised = state.getAlerts().remove(kind.name());
    if (raised != null) {
      writer.accept(
          new QualityAlert(
              kind,
              source,
              AlertState.CLEARED,
              micros(raised.getSinceMs()),
              micros(Math.max(raised.getSinceMs(), untilMs)),
              micros(nowMs),
              evidence.text(),
              evidence.measurements()));
    }
  }

  private static long micros(long ms) {
    return TimeUnit.MILLISECONDS.toMicros(ms);
  }
}
