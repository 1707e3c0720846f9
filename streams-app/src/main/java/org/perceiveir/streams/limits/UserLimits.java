package org.perceiveir.streams.limits;

import java.util.Map;
import java.util.OptionalLong;
import org.perceiveir.streams.config.ConfigurationException;

/**
 * What the user has set of the limits that are otherwise derived.
 *
 * @param transactionTimeoutMs {@code transaction.timeout.ms} of the producer
 * @param maxPollIntervalMs {@code max.poll.interval.ms} of the main consumer
 * @param maxPollRecords {@code max.poll.records} of the main consumer
 * @param bufferedRecords {@code buffered.records.per.partition} of Kafka Streams
 * @param commitIntervalMs {@code commit.interval.ms} of Kafka Streams
 */
public record UserLimits(
    OptionalLong transactionTimeoutMs,
    OptionalLong maxPollIntervalMs,
    OptionalLong maxPollRecords,
    OptionalLong bufferedRecords,
    OptionalLong commitIntervalMs) {

  /** Nothing set. */
  public static UserLimits none() {
    return from(Map.of());
  }

  /**
   * Reads settings of Kafka Streams.
   *
   * @param settings keys without {@code kafka.}, as Kafka Streams takes them
   * @throws ConfigurationException if a value is not a number above 0
   */
  public static UserLimits from(Map<String, String> settings) {
    return new UserLimits(
        first(settings, "producer.transaction.timeout.ms", "transaction.timeout.ms"),
        first(
            settings,
            "main.consumer.max.poll.interval.ms",
            "consumer.max.poll.interval.ms",
            "max.poll.interval.ms"),
        first(
            settings,
            "main.consumer.max.poll.records",
            "consumer.max.poll.records",
            "max.poll.records"),
        first(settings, "buffered.records.per.partition"),
        first(settings, "commit.interval.ms"));
  }

  private static OptionalLong first(Map<String, String> settings, String... names) {
    for (String name : names) {
      String text = settings.get(name);
      if (text != null) {
        return OptionalLong.of(positive("kafka." + name, text));
      }
    }
    return OptionalLong.empty();
  }

  private static long positive(String key, String text) {
    try {
      long value = Long.parseLong(text);
      if (value >= 1 && value <= Integer.MAX_VALUE) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Reported below with the limit.
    }
    throw new ConfigurationException(
        key, text, "must be a whole number from 1 to " + Integer.MAX_VALUE, "correct it");
  }
}
