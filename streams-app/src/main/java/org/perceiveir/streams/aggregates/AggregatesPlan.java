package org.perceiveir.streams.aggregates;

import java.util.concurrent.atomic.AtomicLong;
import org.perceiveir.streams.config.AggregatesSettings;
import org.perceiveir.streams.config.AlertSettings;
import org.perceiveir.streams.config.ServiceConfig;

/**
 * What the topology of the aggregates is made of.
 *
 * @param telemetryTopic where the telemetry of frames is read
 * @param aggregates windows and topics
 * @param alerts when alerts are raised and cleared
 * @param serdes reads and writes values
 * @param empty when a partition was seen to hold nothing that was not read
 * @param counters what has no place in a record
 */
record AggregatesPlan(
    String telemetryTopic,
    AggregatesSettings aggregates,
    AlertSettings alerts,
    AggregateSerdes serdes,
    EmptyPartitions empty,
    Counters counters) {

  /** That of a configuration, with its registry. */
  static AggregatesPlan of(ServiceConfig config, EmptyPartitions empty, Counters counters) {
    return new AggregatesPlan(
        config.telemetryTopic(),
        config.aggregates(),
        config.alerts(),
        AggregateSerdes.confluent(config.serdeSettings()),
        empty,
        counters);
  }

  /** Tells nothing that comes from nothing that was read. */
  interface EmptyPartitions {
    /**
     * When a partition of the telemetry last held nothing unread.
     *
     * @param partition its number
     * @param wallMs the time now
     * @return milliseconds since 1970, at most {@code wallMs}
     */
    long untilMs(int partition, long wallMs);
  }

  /** Counts of this process. Thread-safe. */
  static final class Counters {
    private final AtomicLong unreadable = new AtomicLong();

    void countUnreadable() {
      unreadable.incrementAndGet();
    }

    long unreadable() {
      return unreadable.get();
    }
  }
}
