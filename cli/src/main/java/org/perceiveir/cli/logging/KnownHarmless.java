package org.perceiveir.cli.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.List;

/**
 * Keeps warnings off the console that Kafka gives in normal operation and that would alarm a user:
 * a fresh broker's first steps, a setting of a future version, an idempotent producer's retries
 * right after a commit, a client that is closed twice. Everything else passes.
 *
 * <p>The retries: the first batch of a transaction waits for its partition to be added, the next
 * ones overtake it and are refused until it is there. The producer sends them again in order.
 */
public final class KnownHarmless extends Filter<ILoggingEvent> {

  private record Known(Level level, String logger, String text) {
    boolean is(ILoggingEvent event) {
      if (event.getLevel() != level || !event.getLoggerName().equals(logger)) {
        return false;
      }
      IThrowableProxy thrown = event.getThrowableProxy();
      return event.getFormattedMessage().contains(text)
          || (thrown != null && String.valueOf(thrown.getMessage()).contains(text));
    }
  }

  private static final List<Known> KNOWN =
      List.of(
          new Known(
              Level.WARN,
              "org.apache.kafka.controller.QuorumController",
              "Performing controller activation"),
          new Known(
              Level.WARN,
              "org.apache.kafka.streams.StreamsConfig",
              "Processing exception handler is not enabled for the GlobalThread"),
          new Known(
              Level.WARN,
              "org.apache.kafka.clients.producer.internals.Sender",
              "CONCURRENT_TRANSACTIONS"),
          new Known(
              Level.WARN,
              "org.apache.kafka.clients.producer.internals.Sender",
              "OUT_OF_ORDER_SEQUENCE_NUMBER"),
          new Known(
              Level.ERROR,
              "kafka.server.ReplicaManager",
              "transactions v2 idempotent producer with no existing state"),
          new Known(
              Level.WARN,
              "org.apache.kafka.clients.NetworkClient",
              "Attempting to close NetworkClient that has already been closed"));

  @Override
  public FilterReply decide(ILoggingEvent event) {
    return KNOWN.stream().anyMatch(known -> known.is(event))
        ? FilterReply.DENY
        : FilterReply.NEUTRAL;
  }
}
