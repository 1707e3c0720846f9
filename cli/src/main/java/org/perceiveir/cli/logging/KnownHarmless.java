package org.perceiveir.cli.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.List;

/**
 * Keeps warnings off the console that Kafka gives in normal operation and that would alarm a user:
 * a fresh broker's first steps, a setting of a future version, an idempotent producer's retries
 * right after a commit, a client that is closed twice. Everything else passes.
 */
public final class KnownHarmless extends Filter<ILoggingEvent> {

  private record Known(String logger, String text) {}

  private static final List<Known> KNOWN =
      List.of(
          new Known(
              "org.apache.kafka.controller.QuorumController", "Performing controller activation"),
          new Known(
              "org.apache.kafka.streams.StreamsConfig",
              "Processing exception handler is not enabled for the GlobalThread"),
          new Known(
              "org.apache.kafka.clients.producer.internals.Sender", "CONCURRENT_TRANSACTIONS"),
          new Known(
              "org.apache.kafka.clients.NetworkClient",
              "Attempting to close NetworkClient that has already been closed"));

  @Override
  public FilterReply decide(ILoggingEvent event) {
    if (event.getLevel() == Level.WARN) {
      for (Known known : KNOWN) {
        if (event.getLoggerName().equals(known.logger)
            && event.getFormattedMessage().contains(known.text)) {
          return FilterReply.DENY;
        }
      }
    }
    return FilterReply.NEUTRAL;
  }
}
