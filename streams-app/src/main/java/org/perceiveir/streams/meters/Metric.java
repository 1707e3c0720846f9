package org.perceiveir.streams.meters;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusNamingConvention;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * The catalogue of the service's own metrics: the only place where they are named, described and
 * registered. {@code docs/metrics.md} is generated from it.
 */
public enum Metric {
  FRAMES(
      "perceive.frames",
      Kind.COUNTER,
      "",
      List.of("outcome", "source"),
      "Attempts at input records by outcome (restored, passed_through, shed, dead_lettered) and"
          + " source. An attempt whose transaction aborted is counted again;"
          + " perceive_books_records counts what is committed. Sources beyond metrics.sources.max are 'other', records that are"
          + " no frame 'none'."),
  DEAD_LETTERS(
      "perceive.dead.letters",
      Kind.COUNTER,
      "",
      List.of("reason"),
      "Attempts that ended as a dead letter, by reason."),
  SHED(
      "perceive.shed.frames",
      Kind.COUNTER,
      "",
      List.of("reason", "source"),
      "Attempts that ended shed, by reason and source: TOO_OLD (too old when it was read: it came"
          + " late, or waited in the topic), WAIT_TOO_LONG (would be too old when the network is"
          + " free), EXPIRED (became too old while it waited for its pass), LOW_PRIORITY (frames of"
          + " a higher priority needed the room)."),
  STAGE(
      "perceive.stage",
      Kind.TIMER,
      "seconds",
      List.of("stage"),
      "Time of a frame in each stage: decode, queue (waiting for its pass), judge_before (its share"
          + " of the perceiver's time), infer (the network's whole pass, shared by its batch),"
          + " judge_after, encode, shadow (a candidate's pass over the frame)."),
  FRAME_AGE(
      "perceive.frame.age",
      Kind.TIMER,
      "seconds",
      List.of(),
      "Age of a frame when its pass began, or when it was shed: since its capture, or its record's"
          + " time where there is no capture time that can be believed."),
  BATCH_SIZE(
      "perceive.batch.size",
      Kind.SUMMARY,
      "frames",
      List.of(),
      "Size of the batch in which a frame was restored, counted once for each frame of it."),
  ROUTES(
      "perceive.routes",
      Kind.COUNTER,
      "",
      List.of("route"),
      "Attempts at frames by the way that their quality tier chose: full, light, pass_through."),
  TIERS(
      "perceive.tiers",
      Kind.COUNTER,
      "",
      List.of("when", "tier"),
      "Attempts at frames by their most probable quality tier (terrible, mediocre, excellent),"
          + " before restoration, and after it for the share in tiers.after.sample."),
  SHADOW(
      "perceive.shadow.frames",
      Kind.COUNTER,
      "",
      List.of("result"),
      "Frames that a candidate in shadow saw too, by result: compared, failed. What it made of them"
          + " is in their telemetry."),
  BATCHER_WAITING(
      "perceive.batcher.waiting",
      Kind.GAUGE,
      "frames",
      List.of(),
      "Frames that wait for a pass of the network."),
  BATCHER_EXPECTED_WAIT(
      "perceive.batcher.expected.wait",
      Kind.GAUGE,
      "seconds",
      List.of(),
      "How long a frame of priority 0 that came now would wait for its pass, by the measured time"
          + " of the passes."),
  WINDOW_FRAMES(
      "perceive.window",
      Kind.GAUGE,
      "frames",
      List.of(),
      "Frames that are read and not yet written."),
  WINDOW_FRAMES_LIMIT(
      "perceive.window.limit",
      Kind.GAUGE,
      "frames",
      List.of(),
      "Frames that may be read and not yet written; each task may hold one more."),
  WINDOW_MEMORY(
      "perceive.window.memory",
      Kind.GAUGE,
      "bytes",
      List.of(),
      "Heap that the frames in work take: records, payloads, pixels and restored pixels."),
  WINDOW_MEMORY_LIMIT(
      "perceive.window.memory.limit",
      Kind.GAUGE,
      "bytes",
      List.of(),
      "Heap that the frames in work may take; each task may hold one frame more."),
  THREAD_FAILURES(
      "perceive.thread.failures",
      Kind.COUNTER,
      "",
      List.of(),
      "Stream threads that ended by an exception; each but the last of a FAILED service was"
          + " replaced."),
  CLOCK_SKEWS(
      "perceive.clock.skews",
      Kind.COUNTER,
      "",
      List.of(),
      "Attempts at frames whose capture time was too far from their record's time to be"
          + " believed."),
  BOOKS(
      "perceive.books",
      Kind.GAUGE,
      "records",
      List.of("entry"),
      "The books of the whole application as this instance's last audit saw them, all committed:"
          + " received, restored, passed_through, shed, dead_lettered, in_flight, missing, doubled."
          + " Every instance tells the same: take the maximum over instances, not the sum."),
  BOOKS_BALANCED(
      "perceive.books.balanced",
      Kind.GAUGE,
      "",
      List.of(),
      "1 if the last audit found every record accounted for once, else 0; NaN before the first"
          + " audit."),
  BOOKS_AUDIT_AGE(
      "perceive.books.audit.age",
      Kind.GAUGE,
      "seconds",
      List.of(),
      "Time since the last audit of the books ended; NaN before the first audit."),
  BOOKS_AUDIT_FAILURES(
      "perceive.books.audit.failures",
      Kind.COUNTER,
      "",
      List.of(),
      "Audits of the books that failed, for instance in an outage of the broker."),
  AGGREGATES_RUNNING(
      "perceive.aggregates.running",
      Kind.GAUGE,
      "",
      List.of(),
      "1 if telemetry is summed up and alerts are raised by this instance, 0 if not, for instance"
          + " because aggregates.enabled is false. While it is 0 in all instances no alert comes."),
  AGGREGATES_FAILURES(
      "perceive.aggregates.failures",
      Kind.COUNTER,
      "",
      List.of(),
      "Failures after which the aggregates began anew."),
  AGGREGATES_UNREADABLE(
      "perceive.aggregates.unreadable",
      Kind.COUNTER,
      "",
      List.of(),
      "Records of the telemetry topic that the aggregates left out because they are no telemetry."),
  SERVICE_STATE(
      "perceive.service.state",
      Kind.GAUGE,
      "",
      List.of("state"),
      "1 for the state that the service is in, 0 for the others."),
  READY(
      "perceive.ready",
      Kind.GAUGE,
      "",
      List.of(),
      "1 if /health/ready answers 200: the bundle is warm and the stream threads have their"
          + " partitions; else 0."),
  MODEL_READY(
      "perceive.model.ready",
      Kind.GAUGE,
      "",
      List.of(),
      "1 if the bundle is loaded and warm, else 0."),
  BUNDLE(
      "perceive.bundle.info",
      Kind.INFO,
      "",
      List.of("name", "version", "device"),
      "A bundle in use, its version and the device that runs it; always 1."),
  NATIVE_MEMORY(
      "perceive.native.memory",
      Kind.GAUGE,
      "bytes",
      List.of(),
      "Native memory that JavaCPP's pointers own. TensorFlow's own pools are not in it: compare"
          + " with process_resident_memory_bytes."),
  RESIDENT_MEMORY(
      "process.resident.memory",
      Kind.GAUGE,
      "bytes",
      List.of(),
      "Resident memory of the process: heap, TensorFlow's pools, code and stacks. TensorFlow keeps"
          + " its peak, so this does not fall.");

  /** What kind of meter it is, in Prometheus' words. */
  public enum Kind {
    /** Only ever grows; its name ends in {@code _total}. */
    COUNTER(Meter.Type.COUNTER),
    /** A value of the moment. */
    GAUGE(Meter.Type.GAUGE),
    /** A gauge that is always 1; its tags are what it says. */
    INFO(Meter.Type.GAUGE),
    /** A histogram of times, with sum, count and the recent maximum. */
    TIMER(Meter.Type.TIMER),
    /** A histogram of amounts, with sum, count and the recent maximum. */
    SUMMARY(Meter.Type.DISTRIBUTION_SUMMARY);

    private final Meter.Type type;

    Kind(Meter.Type type) {
      this.type = type;
    }
  }

  /** From what a codec takes for a small frame to what no stage should: some 60 buckets. */
  private static final Duration SHORTEST = Duration.ofMillis(1);

  private static final Duration LONGEST = Duration.ofMinutes(1);
  private static final double[] BATCHES = {1, 2, 4, 8, 16, 32, 64, 128, 256};

  private final String id;
  private final Kind kind;
  private final String unit;

  @SuppressWarnings("ImmutableEnumChecker") // from List.of
  private final List<String> tags;

  private final String description;

  Metric(String id, Kind kind, String unit, List<String> tags, String description) {
    this.id = id;
    this.kind = kind;
    this.unit = unit;
    this.tags = tags;
    this.description = description;
  }

  /** Its name in Micrometer. */
  public String id() {
    return id;
  }

  /** What kind of meter it is. */
  public Kind kind() {
    return kind;
  }

  /** Its unit; empty for plain numbers. */
  public String unit() {
    return unit;
  }

  /** Names of its tags. */
  public List<String> tags() {
    return tags;
  }

  /** What it says, in a sentence or two. */
  public String description() {
    return description;
  }

  /** Its name in Prometheus; a histogram's series add {@code _bucket}, {@code _sum}, ... to it. */
  public String prometheusName() {
    String name =
        new PrometheusNamingConvention().name(id, kind.type, unit.isEmpty() ? null : unit);
    return switch (kind) {
      case COUNTER -> name.endsWith("_total") ? name : name + "_total";
      case INFO -> name.endsWith("_info") ? name : name + "_info";
      case GAUGE, TIMER, SUMMARY -> name;
    };
  }

  /**
   * The counter with these values of the tags, registered on first use.
   *
   * @throws IllegalStateException if the metric is no counter
   * @throws IllegalArgumentException if the number of values is not that of the tags
   */
  public Counter counter(MeterRegistry registry, String... values) {
    require(Kind.COUNTER);
    return Counter.builder(id).description(description).tags(tagged(values)).register(registry);
  }

  /** As {@link #counter}, for what something else counts. */
  public void counted(MeterRegistry registry, Supplier<Long> count, String... values) {
    require(Kind.COUNTER);
    ToDoubleFunction<Supplier<Long>> read = Supplier::get;
    FunctionCounter unused =
        FunctionCounter.builder(id, count, read)
            .description(description)
            .tags(tagged(values))
            .register(registry);
  }

  /** The timer with these values of the tags, registered on first use; as {@link #counter}. */
  public Timer timer(MeterRegistry registry, String... values) {
    require(Kind.TIMER);
    return Timer.builder(id)
        .description(description)
        .tags(tagged(values))
        .publishPercentileHistogram()
        .minimumExpectedValue(SHORTEST)
        .maximumExpectedValue(LONGEST)
        .register(registry);
  }

  /** The summary, registered on first use; as {@link #counter}. */
  public DistributionSummary summary(MeterRegistry registry, String... values) {
    require(Kind.SUMMARY);
    return DistributionSummary.builder(id)
        .description(description)
        .baseUnit(unit)
        .tags(tagged(values))
        .serviceLevelObjectives(BATCHES)
        .register(registry);
  }

  /**
   * Registers a gauge; as {@link #counter}.
   *
   * @param value read at each scrape, in {@link #unit()}; kept as long as the registry
   */
  public void gauge(MeterRegistry registry, Supplier<Number> value, String... values) {
    require(Kind.GAUGE);
    Gauge.Builder<Supplier<Number>> gauge =
        Gauge.builder(id, value).description(description).tags(tagged(values));
    if (!unit.isEmpty()) {
      gauge.baseUnit(unit);
    }
    Gauge unused = gauge.register(registry);
  }

  /** Name and value of each tag. */
  public Tags tagged(String... values) {
    if (values.length != tags.size()) {
      throw new IllegalArgumentException(
          this + " has the tags " + tags + ", not " + values.length + " values");
    }
    Tags tagged = Tags.empty();
    for (int i = 0; i < values.length; i++) {
      tagged = tagged.and(tags.get(i), values[i]);
    }
    return tagged;
  }

  private void require(Kind wanted) {
    if (kind != wanted) {
      throw new IllegalStateException(this + " is a " + kind + ", not a " + wanted);
    }
  }
}
