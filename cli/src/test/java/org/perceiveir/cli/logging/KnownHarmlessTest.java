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

  private static FilterReply decide(String logger, Level level, String message) {
    LoggerContext context = new LoggerContext();
    return new KnownHarmless()
        .decide(
            new LoggingEvent(
                "test", context.getLogger(logger), level, message, null, new Object[0]));
  }
}
