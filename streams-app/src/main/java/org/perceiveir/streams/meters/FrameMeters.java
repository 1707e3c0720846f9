package org.perceiveir.streams.meters;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameRoute;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.ShadowComparison;
import org.perceiveir.schemas.avro.StageTimings;
import org.perceiveir.schemas.avro.TierProbabilities;

/**
 * Counts what this process did since it started. Thread-safe.
 *
 * <p>These are attempts: a frame whose transaction aborts is counted again when it is processed
 * again. The books that balance are kept by the telemetry topic.
 *
 * <p>The counters are Micrometer's own ({@link Metric}); {@link #snapshot} reads the same ones.
 */
public final class FrameMeters {
  /** Sources with a tag of their own where nothing else is said. */
  public static final int DEFAULT_SOURCES = 64;

  private final MeterRegistry registry;
  private final SourceTags sources;
  private final Map<FrameKey, Counter> frames = new ConcurrentHashMap<>();
  private final Map<String, Counter> deadLetters = new ConcurrentHashMap<>();
  private final Map<ShedKey, Counter> shed = new ConcurrentHashMap<>();
  private final Timer queue;
  private final Timer decode;
  private final Timer judgeBefore;
  private final Timer infer;
  private final Timer judgeAfter;
  private final Timer encode;
  private final Timer shadow;
  private final Timer age;
  private final DistributionSummary batchSizes;
  private final Counter threadFailures;
  private final Counter clockSkews;
  private final Counter shadowCompared;
  private final Counter shadowFailed;
  private final Map<FrameRoute, Counter> routes = new EnumMap<>(FrameRoute.class);
  private final Map<String, Counter> tiersBefore;
  private final Map<String, Counter> tiersAfter;

  private record FrameKey(FrameOutcome outcome, String source) {}

  private record ShedKey(String reason, String source) {}

  /** All counters at zero, in a registry of their own. */
  public FrameMeters() {
    this(new SimpleMeterRegistry(), DEFAULT_SOURCES);
  }

  /**
   * All counters at zero.
   *
   * @param registry gets the meters
   * @param taggedSources sources with a tag of their own, at least 0
   */
  public FrameMeters(MeterRegistry registry, int taggedSources) {
    this.registry = registry;
    this.sources = new SourceTags(taggedSources);
    this.queue = Metric.STAGE.timer(registry, "queue");
    this.decode = Metric.STAGE.timer(registry, "decode");
    this.judgeBefore = Metric.STAGE.timer(registry, "judge_before");
    this.infer = Metric.STAGE.timer(registry, "infer");
    this.judgeAfter = Metric.STAGE.timer(registry, "judge_after");
    this.encode = Metric.STAGE.timer(registry, "encode");
    this.shadow = Metric.STAGE.timer(registry, "shadow");
    this.shadowCompared = Metric.SHADOW.counter(registry, "compared");
    this.shadowFailed = Metric.SHADOW.counter(registry, "failed");
    this.age = Metric.FRAME_AGE.timer(registry);
    this.batchSizes = Metric.BATCH_SIZE.summary(registry);
    this.threadFailures = Metric.THREAD_FAILURES.counter(registry);
    this.clockSkews = Metric.CLOCK_SKEWS.counter(registry);
    for (FrameRoute route : FrameRoute.values()) {
      routes.put(route, Metric.ROUTES.counter(registry, tag(route)));
    }
    this.tiersBefore = tiers("before");
    this.tiersAfter = tiers("after");
  }

  private Map<String, Counter> tiers(String when) {
    Map<String, Counter> tiers = new HashMap<>();
    for (String tier : List.of("terrible", "mediocre", "excellent")) {
      tiers.put(tier, Metric.TIERS.counter(registry, when, tier));
    }
    return tiers;
  }

  private static String tag(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /** Counts one attempt at an input record, by what its telemetry says. */
  public void count(FrameTelemetry told) {
    String source =
        sources.of(told.getIdentity() == null ? null : told.getIdentity().getSourceId());
    frames
        .computeIfAbsent(
            new FrameKey(told.getOutcome(), source),
            key -> Metric.FRAMES.counter(registry, tag(key.outcome()), key.source()))
        .increment();
    StageTimings timings = told.getTimings();
    record(queue, timings.getQueueMicros());
    record(decode, timings.getDecodeMicros());
    record(judgeBefore, told.getTiersBeforeMicros());
    record(judgeAfter, told.getTiersAfterMicros());
    record(encode, timings.getEncodeMicros());
    record(age, told.getAgeMicros());
    FrameRoute route = told.getRoute();
    if (route != null) {
      Objects.requireNonNull(routes.get(route)).increment();
    }
    ShadowComparison compared = told.getShadow();
    if (compared != null) {
      (compared.getFailure() == null ? shadowCompared : shadowFailed).increment();
      record(shadow, compared.getInferMicros());
    }
    count(tiersBefore, told.getTiersBefore());
    count(tiersAfter, told.getTiersAfter());
    Integer batch = told.getBatchSize();
    // A frame that passes through was in a batch of the perceiver, not of the network.
    if (batch != null && route != FrameRoute.PASS_THROUGH) {
      batchSizes.record(batch);
      record(infer, timings.getInferMicros());
    }
  }

  private static void count(Map<String, Counter> tiers, @Nullable TierProbabilities seen) {
    if (seen == null) {
      return;
    }
    String tier = seen.getTerrible() >= seen.getMediocre() ? "terrible" : "mediocre";
    if (seen.getExcellent() > Math.max(seen.getTerrible(), seen.getMediocre())) {
      tier = "excellent";
    }
    Objects.requireNonNull(tiers.get(tier)).increment();
  }

  private static void record(Timer timer, @Nullable Long micros) {
    if (micros != null) {
      timer.record(micros, TimeUnit.MICROSECONDS);
    }
  }

  /**
   * Counts the reason of a dead letter.
   *
   * @param reason one of few: a code, no message
   */
  public void countDeadLetter(String reason) {
    deadLetters.computeIfAbsent(reason, r -> Metric.DEAD_LETTERS.counter(registry, r)).increment();
  }

  /**
   * Counts the reason of a shed frame.
   *
   * @param reason one of few: a code, no message
   * @param source of the frame; null if unknown
   */
  public void countShed(String reason, @Nullable String source) {
    shed.computeIfAbsent(
            new ShedKey(reason, sources.of(source)),
            key -> Metric.SHED.counter(registry, key.reason(), key.source()))
        .increment();
  }

  /** Counts a stream thread that ended by an exception. */
  public void countThreadFailure() {
    threadFailures.increment();
  }

  /** Counts a frame whose capture time was too far from its record's time to be believed. */
  public void countClockSkew() {
    clockSkews.increment();
  }

  /** The counters at one moment. */
  public Snapshot snapshot() {
    Map<String, Long> byReason = new TreeMap<>();
    deadLetters.forEach((reason, counter) -> byReason.put(reason, (long) counter.count()));
    return new Snapshot(
        total(FrameOutcome.RESTORED),
        total(FrameOutcome.PASSED_THROUGH),
        total(FrameOutcome.SHED),
        total(FrameOutcome.DEAD_LETTERED),
        byReason,
        (long) threadFailures.count(),
        (long) clockSkews.count());
  }

  private long total(FrameOutcome outcome) {
    return (long)
        frames.entrySet().stream()
            .filter(e -> e.getKey().outcome() == outcome)
            .mapToDouble(e -> e.getValue().count())
            .sum();
  }

  /**
   * The counters at one moment; all of them attempts.
   *
   * @param restored frames restored
   * @param passedThrough frames written unchanged
   * @param shed frames given up under load
   * @param deadLettered records dead-lettered
   * @param deadLetterReasons dead letters by reason
   * @param threadFailures stream threads that ended by an exception
   * @param clockSkews frames whose age counts from their record, because of their capture time
   */
  public record Snapshot(
      long restored,
      long passedThrough,
      long shed,
      long deadLettered,
      Map<String, Long> deadLetterReasons,
      long threadFailures,
      long clockSkews) {}
}
