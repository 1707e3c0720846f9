package org.perceiveir.streams.limits;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
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
 *   one frame      p     = delay + (2T - 1) f + c     its own pass and those ahead (MicroBatcher)
 *   backlog        n     = k (b + r)                  b buffered.records.per.partition,
 *                                                     r max.poll.records: what a thread can hold
 *   one round      R     = n p                        longest time between two polls or commits
 *   transaction    &gt;= commit.interval + S R + 1 s     S = 2, the slack for a busy machine
 *   poll interval  &gt;= 2 (S R + registry)              Streams polls again after half of it
 * </pre>
 *
 * <p>b and r are chosen as large as keeps R within {@value #ROUND_TARGET_MS} ms (or within what the
 * user's own transaction timeout leaves), between 1 and {@value #MAX_RECORDS}. A short transaction
 * timeout matters: after a crash, readers of committed records wait for it.
 *
 * @param speed what was measured
 * @param shape what shares the work
 * @param transactionTimeoutMs {@code transaction.timeout.ms} for the producer
 * @param maxPollIntervalMs {@code max.poll.interval.ms} for the main consumer
 * @param maxPollRecords {@code max.poll.records} for the main consumer
 * @param bufferedRecords {@code buffered.records.per.partition} for Kafka Streams
 * @param commitIntervalMs {@code commit.interval.ms} for Kafka Streams
 * @param frameMs longest time of one frame with its wait, p above
 * @param roundMs longest time between two commits, R above
 * @param maxFramePixels the largest frame for which the transaction has time
 */
public record TimeLimits(
    MeasuredSpeed speed,
    WorkShape shape,
    long transactionTimeoutMs,
    long maxPollIntervalMs,
    int maxPollRecords,
    int bufferedRecords,
    long commitIntervalMs,
    long frameMs,
    long roundMs,
    long maxFramePixels) {

  static final long SLACK = 2;
  static final long MARGIN_MS = 1_000;
  static final long MIN_TRANSACTION_MS = 10_000;
  static final long MIN_POLL_INTERVAL_MS = 300_000;
  static final long DEFAULT_COMMIT_MS = 100;
  static final long ROUND_TARGET_MS = 4_000;
  static final int MAX_RECORDS = 16;

  private static final String REMEDY =
      "use a faster device, a smaller warmup.frame.size, more instances or fewer partitions";

  /**
   * Derives the limits.
   *
   * @throws ConfigurationException if the work cannot fit into what the broker or the user allows;
   *     the message states the inequality with its numbers
   */
  public static TimeLimits derive(MeasuredSpeed speed, WorkShape shape, UserLimits user) {
    long commitMs = user.commitIntervalMs().orElse(DEFAULT_COMMIT_MS);
    double passes = 2.0 * shape.threads() - 1;
    double scaling = passes * speed.frameMs() + speed.codecMs();
    double frame = Math.max(1, shape.batchDelayMs() + scaling);
    int tasks = shape.tasksPerThread();

    long allowedTransaction =
        Math.min(
            user.transactionTimeoutMs().orElse(MIN_TRANSACTION_MS), shape.brokerMaxTransactionMs());
    double target =
        Math.min(ROUND_TARGET_MS, (allowedTransaction - commitMs - MARGIN_MS) / (double) SLACK);
    long fitting = (long) Math.floor(target / (2 * tasks * frame));
    long chosen = Math.min(MAX_RECORDS, Math.max(1, fitting));
    long records = user.maxPollRecords().orElse(chosen);
    long buffered = user.bufferedRecords().orElse(chosen);

    long backlog = tasks * (buffered + records);
    long round = (long) Math.ceil(backlog * frame);
    String work =
        String.format(
            Locale.ROOT,
            "%d tasks x (%d + %d) records x %.0f ms a frame (%d ms batch delay + %.0f passes x"
                + " %.0f ms + %.0f ms codec at %s) = %d ms",
            tasks,
            buffered,
            records,
            frame,
            shape.batchDelayMs(),
            passes,
            speed.frameMs(),
            speed.codecMs(),
            speed.size(),
            round);

    long transactionNeed = commitMs + SLACK * round + MARGIN_MS;
    long transaction =
        user.transactionTimeoutMs().orElse(Math.max(MIN_TRANSACTION_MS, transactionNeed));
    String transactionWork =
        transactionNeed
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
    if (transaction < transactionNeed) {
      throw new ConfigurationException(
          "kafka.transaction.timeout.ms",
          String.valueOf(transaction),
          "must be at least " + transactionWork,
          "raise it or leave it out to have it derived; or " + REMEDY);
    }
    if (transaction > shape.brokerMaxTransactionMs()) {
      throw new ConfigurationException(
          "a transaction needs "
              + transaction
              + " ms, but the broker's transaction.max.timeout.ms is "
              + shape.brokerMaxTransactionMs()
              + " ms: "
              + transactionWork
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

    double room = (transaction - commitMs - MARGIN_MS) / (double) backlog - shape.batchDelayMs();
    double factor = Math.max(1, room / Math.max(scaling, 1e-3));
    long pixels = (long) Math.min(Long.MAX_VALUE / 2.0, factor * speed.size().pixels());
    return new TimeLimits(
        speed,
        shape,
        transaction,
        poll,
        Math.toIntExact(records),
        Math.toIntExact(buffered),
        commitMs,
        (long) Math.ceil(frame),
        round,
        pixels);
  }

  /** The settings for Kafka Streams, by the names that it takes. */
  public Map<String, Object> streamsSettings() {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("producer.transaction.timeout.ms", Math.toIntExact(transactionTimeoutMs));
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
        "%.0f ms a frame at %s, up to %d ms with its wait: transaction.timeout.ms=%d"
            + " max.poll.interval.ms=%d max.poll.records=%d buffered.records.per.partition=%d"
            + " commit.interval.ms=%d, frames up to %d pixels",
        speed.frameMs(),
        speed.size(),
        frameMs,
        transactionTimeoutMs,
        maxPollIntervalMs,
        maxPollRecords,
        bufferedRecords,
        commitIntervalMs,
        maxFramePixels);
  }
}
