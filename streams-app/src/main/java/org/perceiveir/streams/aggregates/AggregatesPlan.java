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
 * @param counters what has no place in a record
 */
record AggregatesPlan(
    String telemetryTopic,
    AggregatesSettings aggregates,
    AlertSettings alerts,
    AggregateSerdes serdes,
    Counters counters) {

  /** That of a configuration, with its registry. */
  static AggregatesPlan of(ServiceConfig config, Counters counters) {
    return new AggregatesPlan(
        config.telemetryTopic(),
        config.aggregates(),
        config.alerts(),
        AggregateSerdes.confluent(config.serdeSettings()),
        counters);
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
