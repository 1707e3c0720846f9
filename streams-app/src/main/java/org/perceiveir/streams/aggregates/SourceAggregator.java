package org.perceiveir.streams.aggregates;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.avro.AlertKind;
import org.perceiveir.schemas.avro.AlertState;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.OpenWindow;
import org.perceiveir.schemas.avro.QualityAlert;
import org.perceiveir.schemas.avro.RaisedAlert;
import org.perceiveir.schemas.avro.SourceState;
import org.perceiveir.schemas.avro.SourceTelemetry;
import org.perceiveir.streams.source.SourceReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sums up the telemetry of the sources in one partition, and raises their alerts.
 *
 * <p><u>State.</u> All that is known of a source is one value in one store. What is on the heap
 * beside it is only when to look at each source next, and is made again from the store.
 *
 * <p><u>Time.</u> A window ends by the time of newer records in its partition, of whatever source;
 * where none come, by the clock on the wall ({@link PartitionClock}). The timer that looks is slow
 * while there is nothing to wait for, since each of its ticks makes the task commit.
 *
 * <p><u>Size.</u> Sources beyond {@value #MAX_SOURCES} in one partition share the name {@value
 * #OTHERS}: a stranger may name as many as he likes. They have no alerts about quality or silence.
 */
final class SourceAggregator implements Processor<byte[], byte[], byte[], byte[]> {
  /** Name of the store. */
  static final String STORE = "sources";

  /** Where the telemetry of sources goes. */
  static final String SOURCES_SINK = "source-telemetry";

  /** Where alerts go. */
  static final String ALERTS_SINK = "quality-alerts";

  /** Sources of one partition that have a state of their own. */
  static final int MAX_SOURCES = 10_000;

  /** Name for those beyond. */
  static final String OTHERS = "(other sources)";

  /** An alert that holds is written again so often, so that retention does not forget it. */
  static final Duration REMIND = Duration.ofHours(1);

  private static final Duration COME_AGAIN = Duration.ofMinutes(1);

  /** Where no silence is told, a partition without a record for so long is idle. */
  private static final Duration IDLE = Duration.ofSeconds(30);

  static final Duration FAST = Duration.ofSeconds(1);
  static final Duration SLOW = Duration.ofMinutes(1);

  private static final Logger log = LoggerFactory.getLogger(SourceAggregator.class);

  private final AggregatesPlan plan;
  private final Windows windows;
  private final PartitionClock clock;
  private final ShareAlerts shares;
  private final SilenceAlert silence;
  private final long graceMs;

  /** When to look at each source next, in milliseconds since 1970 of {@link #clock}. */
  private final Map<String, Long> looks = new HashMap<>();

  private @Nullable ProcessorContext<byte[], byte[]> context;
  private @Nullable KeyValueStore<String, SourceState> store;
  private @Nullable Cancellable timer;
  private Duration period = SLOW;
  private boolean toldUnreadable;
  private long alertsWritten;

  SourceAggregator(AggregatesPlan plan) {
    this.plan = plan;
    this.windows = new Windows(plan.aggregates().window().toMillis());
    this.clock = new PartitionClock(plan.alerts().silentAfter().orElse(IDLE).toMillis());
    this.shares = new ShareAlerts(plan.alerts());
    this.silence = new SilenceAlert(plan.alerts().silentAfter());
    this.graceMs = plan.aggregates().grace().toMillis();
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> processorContext) {
    context = processorContext;
    KeyValueStore<String, SourceState> states = processorContext.getStateStore(STORE);
    store = states;
    looks.clear();
    long lastMs = -1;
    try (KeyValueIterator<String, SourceState> all = states.all()) {
      while (all.hasNext()) {
        KeyValue<String, SourceState> entry = all.next();
        if (entry.value != null) {
          lastMs = Math.max(lastMs, entry.value.getLastRecordMs());
          looks.put(entry.key, nextLookMs(entry.value));
        }
      }
    }
    int partition = processorContext.taskId().partition();
    clock.begin(
        processorContext.currentSystemTimeMs(),
        lastMs,
        wallMs -> plan.empty().untilMs(partition, wallMs));
    schedule(processorContext, looks.isEmpty() ? SLOW : FAST);
  }

  private void schedule(ProcessorContext<byte[], byte[]> current, Duration wanted) {
    if (timer != null && period.equals(wanted)) {
      return;
    }
    if (timer != null) {
      timer.cancel();
    }
    period = wanted;
    timer = current.schedule(wanted, PunctuationType.WALL_CLOCK_TIME, this::tick);
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    ProcessorContext<byte[], byte[]> current = context();
    FrameTelemetry telemetry = read(record.value());
    if (telemetry == null) {
      return;
    }
    long wallMs = current.currentSystemTimeMs();
    long timeMs = record.timestamp();
    clock.record(timeMs, wallMs);
    String source = source(record.key(), telemetry);
    SourceState known = store().get(source);
    SourceState state = known == null ? Windows.newSource() : known;
    AlertChanges alerts = changes(source, state, clock.nowMs(wallMs));
    endWindows(alerts, clock.windowMs(wallMs) - graceMs);
    long startMs = windows.startOf(timeMs);
    long endMs = startMs + windows.sizeMs();
    if (endMs <= Math.max(clock.windowMs(wallMs) - graceMs, state.getWrittenUntilMs())) {
      state.setLate(state.getLate() + 1);
    } else {
      windows.add(state, startMs, telemetry);
    }
    state.setLastRecordMs(Math.max(state.getLastRecordMs(), timeMs));
    state.setCamera(
        state.getCamera() || (telemetry.getIdentity() != null && !source.equals(OTHERS)));
    if (telemetry.getAttempt() == 0) {
      silence.frame(alerts, timeMs);
    }
    put(source, state);
    schedule(current, FAST);
  }

  private @Nullable FrameTelemetry read(byte @Nullable [] value) {
    try {
      return value == null
          ? null
          : plan.serdes().frames().deserialize(plan.telemetryTopic(), value);
    } catch (SerializationException e) {
      plan.counters().countUnreadable();
      if (!toldUnreadable) {
        toldUnreadable = true;
        log.warn(
            "topic {} holds records that are no telemetry: {}; they are left out",
            plan.telemetryTopic(),
            e.getMessage());
      }
      return null;
    }
  }

  private String source(byte @Nullable [] key, FrameTelemetry telemetry) {
    String name =
        telemetry.getIdentity() != null
            ? telemetry.getIdentity().getSourceId()
            : key == null ? SourceReader.UNKNOWN : new String(key, UTF_8);
    return looks.containsKey(name) || looks.size() < MAX_SOURCES ? name : OTHERS;
  }

  /** Writes the windows that end by a time, and judges by them. */
  private void endWindows(AlertChanges alerts, long untilMs) {
    SourceState state = alerts.state();
    List<OpenWindow> open = state.getWindows();
    while (!open.isEmpty() && windows.endOf(open.get(0)) <= untilMs) {
      OpenWindow window = open.remove(0);
      long endMs = windows.endOf(window);
      write(windows.telemetry(alerts.source(), window, state.getLate()), endMs);
      state.setLate(0);
      state.setWrittenUntilMs(endMs);
      shares.outcomes(alerts, window, endMs);
      if (state.getCamera()) {
        shares.quality(alerts, window, endMs);
      }
    }
  }

  private void tick(long wallMs) {
    ProcessorContext<byte[], byte[]> current = context();
    if (!clock.runs()) {
      return;
    }
    long nowMs = clock.nowMs(wallMs);
    for (String source :
        looks.entrySet().stream()
            .filter(look -> look.getValue() <= nowMs)
            .map(Map.Entry::getKey)
            .toList()) {
      SourceState state = store().get(source);
      if (state == null) {
        looks.remove(source);
      } else {
        look(changes(source, state, nowMs), wallMs);
      }
    }
    long nextMs = looks.values().stream().mapToLong(Long::longValue).min().orElse(Long.MAX_VALUE);
    schedule(current, nextMs - nowMs > SLOW.toMillis() ? SLOW : FAST);
  }

  private void look(AlertChanges alerts, long wallMs) {
    SourceState state = alerts.state();
    int openWindows = state.getWindows().size();
    long alertsBefore = alertsWritten;
    endWindows(alerts, clock.windowMs(wallMs) - graceMs);
    if (isForgotten(state, alerts.nowMs(), clock.lookedForMs(wallMs))) {
      forget(alerts);
      store().delete(alerts.source());
      looks.remove(alerts.source());
      return;
    }
    silence.look(alerts, clock.lookedForMs(wallMs));
    shares.idle(alerts);
    for (AlertKind kind : alerts.kinds()) {
      RaisedAlert raised = alerts.raised(kind);
      if (raised != null && alerts.nowMs() - raised.getWrittenMs() >= REMIND.toMillis()) {
        alerts.remind(kind, raised);
      }
    }
    if (alertsWritten > alertsBefore || state.getWindows().size() < openWindows) {
      put(alerts.source(), state);
    }
  }

  /** After an absence of ours a source has time to come again. */
  private boolean isForgotten(SourceState state, long nowMs, long lookedForMs) {
    return state.getWindows().isEmpty()
        && nowMs - state.getLastRecordMs() >= plan.alerts().forgetSource().toMillis()
        && lookedForMs >= COME_AGAIN.toMillis();
  }

  private static void forget(AlertChanges alerts) {
    long sinceMs = alerts.state().getLastRecordMs();
    for (AlertKind kind : alerts.kinds()) {
      alerts.clear(
          kind,
          alerts.nowMs(),
          new AlertChanges.Evidence(
              "the source is forgotten: no record of it for " + (alerts.nowMs() - sinceMs) + " ms",
              Map.of("silentMs", (double) (alerts.nowMs() - sinceMs))));
    }
  }

  private void put(String source, SourceState state) {
    store().put(source, state);
    looks.put(source, nextLookMs(state));
  }

  private long nextLookMs(SourceState state) {
    long next = state.getLastRecordMs() + plan.alerts().forgetSource().toMillis();
    List<OpenWindow> open = state.getWindows();
    if (!open.isEmpty()) {
      next = Math.min(next, windows.endOf(open.get(0)) + graceMs);
    }
    for (RaisedAlert raised : state.getAlerts().values()) {
      next = Math.min(next, raised.getWrittenMs() + REMIND.toMillis());
    }
    return Math.min(next, Math.min(silence.nextMs(state), shares.nextMs(state)));
  }

  private AlertChanges changes(String source, SourceState state, long nowMs) {
    return new AlertChanges(source, state, nowMs, alert -> write(alert, nowMs));
  }

  private void write(QualityAlert alert, long timeMs) {
    alertsWritten++;
    if (alert.getState() == AlertState.CLEARED) {
      log.info("{} of {} is over: {}", alert.getKind(), alert.getSource(), alert.getEvidence());
    } else {
      log.warn("{} of {}: {}", alert.getKind(), alert.getSource(), alert.getEvidence());
    }
    String key = alert.getSource() + "|" + alert.getKind();
    forward(
        key,
        plan.serdes().alerts().serialize(plan.aggregates().alertsTopic(), alert),
        timeMs,
        ALERTS_SINK);
  }

  private void write(SourceTelemetry telemetry, long timeMs) {
    forward(
        telemetry.getSource(),
        plan.serdes().sources().serialize(plan.aggregates().sourcesTopic(), telemetry),
        timeMs,
        SOURCES_SINK);
  }

  private void forward(String key, byte[] value, long timeMs, String sink) {
    context().forward(new Record<>(key.getBytes(UTF_8), value, Math.max(0, timeMs)), sink);
  }

  private ProcessorContext<byte[], byte[]> context() {
    ProcessorContext<byte[], byte[]> current = context;
    if (current == null) {
      throw new IllegalStateException("used before init");
    }
    return current;
  }

  private KeyValueStore<String, SourceState> store() {
    KeyValueStore<String, SourceState> current = store;
    if (current == null) {
      throw new IllegalStateException("used before init");
    }
    return current;
  }
}
