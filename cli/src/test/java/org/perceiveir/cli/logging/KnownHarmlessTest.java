package org.perceiveir.cli.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.spi.FilterReply;
import org.junit.jupiter.api.Test;

class KnownHarmlessTest {

  @Test
  void shouldLeaveOutTheKnownWarningOnly() {
    String client = "org.apache.kafka.clients.NetworkClient";
    String closed = "Attempting to close NetworkClient that has already been closed.";

    assertThat(decide(client, Level.WARN, closed)).isEqualTo(FilterReply.DENY);
    assertThat(decide(client, Level.ERROR, closed)).isEqualTo(FilterReply.NEUTRAL);
    assertThat(decide(client, Level.WARN, "Connection to node 1 could not be established"))
        .isEqualTo(FilterReply.NEUTRAL);
    assertThat(decide("org.example", Level.WARN, closed)).isEqualTo(FilterReply.NEUTRAL);
  }

  /** An error of the broker is silent only where its cause is the retry that is meant. */
  @Test
  void shouldDenyTheRefusalOfABatchThatOvertookItsTransactionAndNoOtherError() {
    LoggerContext context = new LoggerContext();
    String broker = "kafka.server.ReplicaManager";
    String message = "Error processing append operation on partition frames.restored-0";

    assertThat(
            decide(
                context,
                broker,
                message,
                "Invalid sequence number for producer 2: 1. Expected sequence 0 for transactions v2"
                    + " idempotent producer with no existing state."))
        .isEqualTo(FilterReply.DENY);
    assertThat(decide(context, broker, message, "No space left on device"))
        .isEqualTo(FilterReply.NEUTRAL);
  }

  private static FilterReply decide(
      LoggerContext context, String logger, String message, String cause) {
    return new KnownHarmless()
        .decide(
            new LoggingEvent(
                "test",
                context.getLogger(logger),
                Level.ERROR,
                message,
                new IllegalStateException(cause),
                new Object[0]));
  }

  private static FilterReply decide(String logger, Level level, String message) {
    LoggerContext context = new LoggerContext();
    return new KnownHarmless()
        .decide(
            new LoggingEvent(
                "test", context.getLogger(logger), level, message, null, new Object[0]));
  }
}
