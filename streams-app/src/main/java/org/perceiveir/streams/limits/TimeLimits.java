package org.perceiveir.streams.limits;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.perceiveir.streams.config.BatchMode;
import org.perceiveir.streams.config.ConfigurationException;

/**
 * Time limits under which a transaction holds all the work that can fall into it.
 *
 * <p><u>Why.</u> Kafka aborts a transaction that is open for longer than {@code
 * transaction.timeout.ms} (10 s by default in Kafka Streams), and expels a consumer that does not
 * poll within {@code max.poll.interval.ms}. A frame that takes seconds then never gets through: the
 * work is thrown away and begun again, for ever.
 *
 * <p><u>Derivation</u>, for T threads that share one network, k tasks a thread, and a frame that
 * takes f on the network and c on its thread:
 *
 * <pre>
 *   one frame      p   = delay + (2T - 1) f + c    blocking: its own pass and those ahead
 *                      = T f + c                   async: its share of the network
 *   drain          D   = delay + (w + P + s) f     async: the window w, one a task beyond it, and
 *                                                  the pass of s frames that runs; else 0
 *   backlog        n   = k (b + r)                 b buffered.records.per.partition,
 *                                                  r max.poll.records: what a thread can hold
 *   one round      R   = n p + D                   longest time between two polls or commits
 *   transaction    &gt;= commit.interval + S R + 1 s  S = 2, the slack for a busy machine
 *   poll interval  &gt;= 2 (S R + registry)           Streams polls again after half of it
 * </pre>
 *
 * <p>b and r are chosen as large as keeps R within {@value #ROUND_TARGET_MS} ms (or within what the
 * user's own transaction timeout leaves) and as the heap allows, between 1 and {@value
 * #MAX_RECORDS}. A short transaction timeout matters: after a crash, readers of committed records
 * wait for it. Without transactions (at_least_once) only the poll interval counts.
 *
 * @param speed what was measured
 * @param shape what shares the work
 * @param batches how many frames share a pass and wait
 * @param transactionTimeoutMs {@code transaction.timeout.ms} for the producer
 * @param maxPollIntervalMs {@code max.poll.interval.ms} for the main consumer
 * @param maxPollRecords {@code max.poll.records} for the main consumer
 * @param bufferedRecords {@code buffered.records.per.partition} for Kafka Streams
 * @param commitIntervalMs {@code commit.interval.ms} for Kafka Streams
 * @param frameMs longest time of one frame with its wait, p above
 * @param drainMs longest time until all waiting frames are done, D above
 * @param roundMs longest time between two commits, R above
 * @param maxFramePixels the largest frame for which the transaction has time
 */
public record TimeLimits(
    MeasuredSpeed speed,
    WorkShape shape,
    BatchPlan batches,
    long transactionTimeoutMs,
    long maxPollIntervalMs,
    int maxPollRecords,
    int bufferedRecords,
    long commitIntervalMs,
    long frameMs,
    long drainMs,
    long roundMs,
    long maxFramePixels) {

  static final long SLACK = 2;

  /** What is left of the slack when another network has taken the place of the measured one. */
  static final double LIVE_SLACK = 1.5;

  static final long MARGIN_MS = 1_000;
  static final long MIN_TRANSACTION_MS = 10_000;
  static final long MIN_POLL_INTERVAL_MS = 300_000;
  static final long DEFAULT_COMMIT_MS = 100;
  static final long MAX_COMMIT_MS = 1_000;
  private static final double PASSES_PER_COMMIT = 8;

  /**
   * Without transactions a result is visible before its commit, so a commit only bounds what is
   * written twice after a crash.
   */
  static final long DEFAULT_COMMIT_AT_LEAST_ONCE_MS = 1_000;

  static final long ROUND_TARGET_MS = 4_000;
  private static final long MIN_STALL_MS = 30_000;

  /** Most records that are read ahead of a partition, and that one poll returns. */
  public static final int MAX_RECORDS = 16;

  private static final String REMEDY =
      "use a faster device, a smaller warmup.frame.size, more instances or fewer partitions";

  /**
   * Derives the limits.
   *
   * @param maxRecords most records that memory allows to read ahead, at least 1
   * @throws ConfigurationException if the work cannot fit into what the broker or the user allows;
   *     the message states the inequality with its numbers
   */
  public static TimeLimits derive(
      MeasuredSpeed speed, WorkShape shape, UserLimits user, int maxRecords) {
    boolean async = shape.mode() == BatchMode.ASYNC;
    BatchPlan batches = BatchPlan.of(speed.frameMs(), shape);
    long commitMs = user.commitIntervalMs().orElse(defaultCommitMs(speed, shape, batches));
    double passes = async ? shape.threads() : 2.0 * shape.threads() - 1;
    double scaling = passes * speed.frameMs() + speed.codecMs();
    double waiting = (async ? 0 : shape.batchDelayMs()) + (double) shape.payloadMs();
    double frame = Math.max(1, waiting + scaling);
    long drainFrames =
        async ? batches.windowFrames() + shape.partitions() + batches.batchSize() : 0;
    long drain = async ? (long) Math.ceil(shape.batchDelayMs() + drainFrames * speed.frameMs()) : 0;
    int tasks = shape.tasksPerThread();

    long allowedTransaction =
        Math.min(
            user.transactionTimeoutMs().orElse(MIN_TRANSACTION_MS), shape.brokerMaxTransactionMs());
    double target =
        Math.min(ROUND_TARGET_MS, (allowedTransaction - commitMs - MARGIN_MS) / (double) SLACK);
    long fitting = (long) Math.floor((target - drain) / (2 * tasks * frame));
    long chosen = Math.min(Math.min(MAX_RECORDS, maxRecords), Math.max(1, fitting));
    long records = user.maxPollRecords().orElse(chosen);
    long buffered = user.bufferedRecords().orElse(chosen);

    long backlog = tasks * (buffered + records);
    long round = (long) Math.ceil(backlog * frame) + drain;
    String work =
        String.format(
            Locale.ROOT,
            "%d tasks x (%d + %d) records x %.0f ms a frame (%s%s%.0f passes x %.0f ms + %.0f ms codec"
                + " at %s)%s = %d ms",
            tasks,
            buffered,
            records,
            frame,
            async ? "" : shape.batchDelayMs() + " ms batch delay + ",
            shape.payloadMs() == 0 ? "" : shape.payloadMs() + " ms payload.timeout.ms + ",
            passes,
            speed.frameMs(),
            speed.codecMs(),
            speed.size(),
            async
                ? " + "
                    + drain
                    + " ms for the "
                    + drainFrames
                    + " frames that may wait before a commit"
                : "",
            round);

    long transactionNeed = commitMs + SLACK * round + MARGIN_MS;
    long transaction =
        user.transactionTimeoutMs().orElse(Math.max(MIN_TRANSACTION_MS, transactionNeed));
    if (shape.transactional()) {
      checkTransaction(transaction, transactionNeed, commitMs, round, work, shape);
    }

    long pollNeed = 2 * (SLACK * round + shape.registryMs());
    long poll = user.maxPollIntervalMs().orElse(Math.max(MIN_POLL_INTERVAL_MS, pollNeed));
    if (poll < pollNeed) {
      throw new ConfigurationException(
          "kafka.max.poll.interval.ms",
          String.valueOf(poll),
          "must be at least "
              + pollNeed
              + " ms = 2 x ("
              + SLACK
              + " x "
              + round
              + " + "
              + shape.registryMs()
              + " ms for the registry), where one round takes "
              + work,
          "raise it or leave it out to have it derived; or " + REMEDY);
    }

    double room =
        shape.transactional()
            ? transaction - commitMs - MARGIN_MS
            : poll / 2.0 - shape.registryMs();
    double constant =
        (async ? shape.batchDelayMs() : (double) backlog * shape.batchDelayMs())
            + (double) backlog * shape.payloadMs();
    double growing = Math.max(round - constant, 1e-3);
    double factor = Math.max(1, (room - constant) / growing);
    long pixels = (long) Math.min(Long.MAX_VALUE / 2.0, factor * speed.size().pixels());
    return new TimeLimits(
        speed,
        shape,
        batches,
        transaction,
        poll,
        Math.toIntExact(records),
        Math.toIntExact(buffered),
        commitMs,
        (long) Math.ceil(frame),
        drain,
        round,
        pixels);
  }

  /**
   * Each commit waits for the frames in work and ends with a pass that may be half empty: with 8
   * passes between two commits that costs little. A thread without frames in work commits sooner.
   */
  private static long defaultCommitMs(MeasuredSpeed speed, WorkShape shape, BatchPlan batches) {
    if (!shape.transactional()) {
      return DEFAULT_COMMIT_AT_LEAST_ONCE_MS;
    }
    if (shape.mode() == BatchMode.BLOCKING) {
      return DEFAULT_COMMIT_MS;
    }
    long passes = (long) (PASSES_PER_COMMIT * batches.batchSize() * speed.frameMs());
    return Math.max(DEFAULT_COMMIT_MS, Math.min(MAX_COMMIT_MS, passes));
  }

  private static void checkTransaction(
      long transaction, long need, long commitMs, long round, String work, WorkShape shape) {
    String sum =
        need
            + " ms = commit.interval.ms "
            + commitMs
            + " + "
            + SLACK
            + " x "
            + round
            + " + "
            + MARGIN_MS
            + ", where one round takes "
            + work;
    if (transaction < need) {
      throw new ConfigurationException(
          "kafka.transaction.timeout.ms",
          String.valueOf(transaction),
          "must be at least " + sum,
          "raise it or leave it out to have it derived; or " + REMEDY);
    }
    if (transaction > shape.brokerMaxTransactionMs()) {
      throw new ConfigurationException(
          "a transaction needs "
              + transaction
              + " ms, but the broker's transaction.max.timeout.ms is "
              + shape.brokerMaxTransactionMs()
              + " ms: "
              + sum
              + "; "
              + REMEDY
              + ", or raise the broker's limit");
    }
    if (commitMs >= transaction) {
      throw new ConfigurationException(
          "kafka.commit.interval.ms",
          String.valueOf(commitMs),
          "must be below transaction.timeout.ms " + transaction,
          "lower it or leave it out");
    }
  }

  /**
   * Longest time of one frame of the measured size, in milliseconds, for a network that takes the
   * place of the measured one under these limits: a part of the slack is left for a busy machine.
   */
  public double longestFrameMs() {
    double round = Math.min(openMs(), (double) stallLimit().toMillis()) / LIVE_SLACK;
    double constant = roundMs(0);
    return Math.max(0, (round - constant) / (roundMs(1) - constant));
  }

  /**
   * Whether a round leaves time for something that takes long once, such as a pass of a candidate
   * in shadow that has a small share only.
   *
   * @param frameMs time of one frame of the measured size on the network, in milliseconds
   * @param onceMs time of what comes on top, in milliseconds
   */
  public boolean leaveTimeFor(double frameMs, double onceMs) {
    double round = Math.min(openMs(), (double) stallLimit().toMillis()) / LIVE_SLACK;
    return roundMs(frameMs) + onceMs <= round;
  }

  /**
   * The largest frame for which the transaction has time with another network.
   *
   * @param frameMs its time for one frame of the measured size, in milliseconds
   */
  public long maxFramePixels(double frameMs) {
    double constant =
        (async() ? shape.batchDelayMs() : (double) backlog() * shape.batchDelayMs())
            + (double) backlog() * shape.payloadMs();
    double growing = Math.max(roundMs(frameMs) - constant, 1e-3);
    double factor = Math.max(1, (openMs() - constant) / growing);
    return (long) Math.min(Long.MAX_VALUE / 2.0, factor * speed.size().pixels());
  }

  /** How long a transaction, or what lies between two polls, may take in all. */
  private double openMs() {
    return shape.transactional()
        ? transactionTimeoutMs - commitIntervalMs - MARGIN_MS
        : maxPollIntervalMs / 2.0 - shape.registryMs();
  }

  /** R above for a network of another speed, the number of records being what it is. */
  private double roundMs(double ofFrameMs) {
    double passes = async() ? shape.threads() : 2.0 * shape.threads() - 1;
    double each =
        passes * ofFrameMs
            + speed.codecMs()
            + shape.payloadMs()
            + (async() ? 0 : shape.batchDelayMs());
    double waiting =
        async()
            ? shape.batchDelayMs()
                + (batches.windowFrames() + shape.partitions() + batches.batchSize()) * ofFrameMs
            : 0;
    return backlog() * each + waiting;
  }

  private long backlog() {
    return (long) shape.tasksPerThread() * (bufferedRecords + maxPollRecords);
  }

  private boolean async() {
    return shape.mode() == BatchMode.ASYNC;
  }

  /**
   * After how long a blocked thread goes before any priority. A thread waits once for each of its
   * tasks before it can commit; together they take no longer than the window.
   */
  public Duration patience() {
    return Duration.ofMillis(Math.max(20, drainMs / shape.tasksPerThread()));
  }

  /** After how long a thread that waits for the device gives it up: it hangs. */
  public Duration stallLimit() {
    return Duration.ofMillis(Math.max(MIN_STALL_MS, SLACK * SLACK * roundMs));
  }

  /**
   * How long a clean end may take: a thread works through what it has read ahead before it looks
   * whether it is to end, then commits.
   */
  public Duration closeTimeout() {
    return Duration.ofMillis(Math.max(MIN_STALL_MS, SLACK * roundMs + 10 * MARGIN_MS));
  }

  /** The settings for Kafka Streams, by the names that it takes. */
  public Map<String, Object> streamsSettings() {
    Map<String, Object> settings = new LinkedHashMap<>();
    if (shape.transactional()) {
      settings.put("producer.transaction.timeout.ms", Math.toIntExact(transactionTimeoutMs));
    }
    settings.put("main.consumer.max.poll.interval.ms", Math.toIntExact(maxPollIntervalMs));
    settings.put("main.consumer.max.poll.records", maxPollRecords);
    settings.put("buffered.records.per.partition", bufferedRecords);
    settings.put("commit.interval.ms", commitIntervalMs);
    return settings;
  }

  /** One line for the log. */
  public String summary() {
    return String.format(
        Locale.ROOT,
        "%.0f ms a frame at %s, up to %d ms with its wait: %s batches of up to %d, window %d,%s"
            + " max.poll.interval.ms=%d max.poll.records=%d buffered.records.per.partition=%d"
            + " commit.interval.ms=%d, frames up to %d pixels",
        speed.frameMs(),
        speed.size(),
        frameMs,
        shape.mode().id(),
        batches.batchSize(),
        batches.windowFrames(),
        shape.transactional() ? " transaction.timeout.ms=" + transactionTimeoutMs : "",
        maxPollIntervalMs,
        maxPollRecords,
        bufferedRecords,
        commitIntervalMs,
        maxFramePixels);
  }
}
