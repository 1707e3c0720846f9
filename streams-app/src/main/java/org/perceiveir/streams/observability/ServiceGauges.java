package org.perceiveir.streams.observability;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.perceiveir.streams.aggregates.Aggregates;
import org.perceiveir.streams.batch.FrameWindow;
import org.perceiveir.streams.batch.MicroBatcher;
import org.perceiveir.streams.books.Books;
import org.perceiveir.streams.books.BooksAudit;
import org.perceiveir.streams.meters.Metric;

/** What is read off the service when somebody looks; NaN for a part that is not there yet. */
final class ServiceGauges {
  private final MeterRegistry registry;
  private final Observed service;
  private final InstantSource clock;
  private final MultiGauge bundles;

  ServiceGauges(
      MeterRegistry registry, Observed service, BooleanSupplier ready, InstantSource clock) {
    this.registry = registry;
    this.service = service;
    this.clock = clock;
    this.bundles =
        MultiGauge.builder(Metric.BUNDLE.id())
            .description(Metric.BUNDLE.description())
            .register(registry);
    work();
    books();
    aggregates();
    Metric.READY.gauge(registry, () -> ready.getAsBoolean() ? 1 : 0);
    Metric.MODEL_READY.gauge(registry, () -> service.isWarm() ? 1 : 0);
    service
        .states()
        .forEach(
            state ->
                Metric.SERVICE_STATE.gauge(
                    registry, () -> service.state().equals(state) ? 1 : 0, state));
    Metric.NATIVE_MEMORY.gauge(registry, NativeMemory::ownedByPointers);
    Metric.RESIDENT_MEMORY.gauge(registry, NativeMemory::resident);
  }

  private void work() {
    batcher(Metric.BATCHER_WAITING, MicroBatcher::waiting);
    batcher(Metric.BATCHER_EXPECTED_WAIT, b -> b.expectedWaitNanos(0) / 1e9);
    window(Metric.WINDOW_FRAMES, FrameWindow::frames);
    window(Metric.WINDOW_FRAMES_LIMIT, FrameWindow::maxFrames);
    window(Metric.WINDOW_MEMORY, FrameWindow::bytes);
    window(Metric.WINDOW_MEMORY_LIMIT, FrameWindow::maxBytes);
  }

  private void batcher(Metric metric, ToDoubleFunction<MicroBatcher> value) {
    metric.gauge(registry, () -> service.batcher().map(value::applyAsDouble).orElse(Double.NaN));
  }

  private void window(Metric metric, ToDoubleFunction<FrameWindow> value) {
    metric.gauge(registry, () -> service.window().map(value::applyAsDouble).orElse(Double.NaN));
  }

  private void books() {
    entry("received", Books::received);
    entry("restored", Books::restored);
    entry("passed_through", Books::passedThrough);
    entry("shed", Books::shed);
    entry("dead_lettered", Books::deadLettered);
    entry("in_flight", Books::inFlight);
    entry("missing", Books::missing);
    entry("doubled", Books::doubled);
    audited(Metric.BOOKS_BALANCED, audit -> audit.latest().balanced() ? 1 : 0);
    audited(Metric.BOOKS_AUDIT_AGE, audit -> (clock.millis() - audit.lastAuditEpochMs()) / 1e3);
    Metric.BOOKS_AUDIT_FAILURES.counted(
        registry, () -> service.audit().map(BooksAudit::failures).orElse(0L));
  }

  private void aggregates() {
    Metric.AGGREGATES_RUNNING.gauge(
        registry, () -> service.aggregates().filter(Aggregates::isRunning).isPresent() ? 1 : 0);
    Metric.AGGREGATES_FAILURES.counted(
        registry, () -> service.aggregates().map(Aggregates::failures).orElse(0L));
    Metric.AGGREGATES_UNREADABLE.counted(
        registry, () -> service.aggregates().map(Aggregates::unreadable).orElse(0L));
  }

  private void entry(String name, Function<Books, Long> count) {
    Metric.BOOKS.gauge(
        registry,
        () -> count.apply(service.audit().map(BooksAudit::latest).orElse(Books.NONE)),
        name);
  }

  /** Not a number before the first audit: what it would tell is not known. */
  private void audited(Metric metric, ToDoubleFunction<BooksAudit> value) {
    metric.gauge(
        registry,
        () ->
            service
                .audit()
                .filter(audit -> audit.lastAuditEpochMs() > 0)
                .map(value::applyAsDouble)
                .orElse(Double.NaN));
  }

  /** Lists the bundles in use now: those that were swapped out disappear. */
  void refresh() {
    bundles.register(
        service.networks().stream()
            .map(
                network ->
                    MultiGauge.Row.of(
                        Metric.BUNDLE.tagged(network.bundle(), network.version(), network.device()),
                        1))
            .toList(),
        true);
  }
}
