package org.perceiveir.streams.meters;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.perceiveir.schemas.avro.FrameOutcome;

/**
 * Counts what this process did since it started. Thread-safe.
 *
 * <p>These are attempts: a frame whose transaction aborts is counted again when it is processed
 * again. The books that balance are kept by the telemetry topic.
 */
public final class FrameMeters {
  private final Map<FrameOutcome, LongAdder> outcomes = new EnumMap<>(FrameOutcome.class);
  private final Map<String, LongAdder> deadLetterReasons = new ConcurrentHashMap<>();
  private final LongAdder inferNanos = new LongAdder();
  private final LongAdder queueNanos = new LongAdder();
  private final LongAdder batchSizes = new LongAdder();
  private final LongAdder threadFailures = new LongAdder();
  private final LongAdder clockSkews = new LongAdder();

  /** All counters at zero. */
  public FrameMeters() {
    for (FrameOutcome outcome : FrameOutcome.values()) {
      outcomes.put(outcome, new LongAdder());
    }
  }

  /**
   * Counts one attempt at a frame.
   *
   * @return how many there were with this outcome, this one included
   */
  public long count(FrameOutcome outcome) {
    LongAdder adder = adder(outcome);
    adder.increment();
    return adder.sum();
  }

  /**
   * Counts the reason of a dead letter.
   *
   * @return how many there were for this reason, this one included
   */
  public long countReason(String reason) {
    LongAdder adder = deadLetterReasons.computeIfAbsent(reason, r -> new LongAdder());
    adder.increment();
    return adder.sum();
  }

  /** Adds one frame's pass of the network. */
  public void countPass(long queued, long inferred, int batchSize) {
    queueNanos.add(queued);
    inferNanos.add(inferred);
    batchSizes.add(batchSize);
  }

  /** Counts a stream thread that ended by an exception. */
  public long countThreadFailure() {
    threadFailures.increment();
    return threadFailures.sum();
  }

  /** Counts a frame whose capture time was too far from its record's time to be believed. */
  public long countClockSkew() {
    clockSkews.increment();
    return clockSkews.sum();
  }

  /** The counters at one moment. */
  public Snapshot snapshot() {
    Map<String, Long> reasons = new TreeMap<>();
    deadLetterReasons.forEach((reason, count) -> reasons.put(reason, count.sum()));
    return new Snapshot(
        adder(FrameOutcome.RESTORED).sum(),
        adder(FrameOutcome.PASSED_THROUGH).sum(),
        adder(FrameOutcome.SHED).sum(),
        adder(FrameOutcome.DEAD_LETTERED).sum(),
        reasons,
        queueNanos.sum(),
        inferNanos.sum(),
        batchSizes.sum(),
        threadFailures.sum(),
        clockSkews.sum());
  }

  private LongAdder adder(FrameOutcome outcome) {
    return Objects.requireNonNull(outcomes.get(outcome));
  }

  /**
   * The counters at one moment; all of them attempts.
   *
   * @param restored frames restored
   * @param passedThrough frames written unchanged
   * @param shed frames given up under load
   * @param deadLettered records dead-lettered
   * @param deadLetterReasons dead letters by reason
   * @param queueNanos sum over restored frames of the wait for a pass
   * @param inferNanos sum over restored frames of the whole pass
   * @param batchSizes sum over restored frames of the size of their batch
   * @param threadFailures stream threads that ended by an exception
   * @param clockSkews frames whose age counts from their record, because of their capture time
   */
  public record Snapshot(
      long restored,
      long passedThrough,
      long shed,
      long deadLettered,
      Map<String, Long> deadLetterReasons,
      long queueNanos,
      long inferNanos,
      long batchSizes,
      long threadFailures,
      long clockSkews) {}
}
