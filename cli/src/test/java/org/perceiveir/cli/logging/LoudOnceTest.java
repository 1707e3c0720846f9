package org.perceiveir.cli.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.spi.FilterReply;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class LoudOnceTest {
  private final LoudOnce filter = new LoudOnce();

  @Test
  void shouldShowARepeatedWarningOnceAMinute() {
    assertThat(decide(Level.WARN, "no broker", 0)).isEqualTo(FilterReply.NEUTRAL);
    assertThat(decide(Level.WARN, "no broker", 1)).isEqualTo(FilterReply.DENY);
    assertThat(decide(Level.WARN, "another", 2)).isEqualTo(FilterReply.NEUTRAL);
    assertThat(decide(Level.WARN, "no broker", 59)).isEqualTo(FilterReply.DENY);
    assertThat(decide(Level.WARN, "no broker", 60)).isEqualTo(FilterReply.NEUTRAL);
  }

  @Test
  void shouldShowEveryError() {
    assertThat(decide(Level.ERROR, "failed", 0)).isEqualTo(FilterReply.NEUTRAL);
    assertThat(decide(Level.ERROR, "failed", 1)).isEqualTo(FilterReply.NEUTRAL);
  }

  private FilterReply decide(Level level, String message, long second) {
    LoggingEvent event =
        new LoggingEvent(
            "test", new LoggerContext().getLogger("x"), level, message, null, new Object[0]);
    event.setInstant(Instant.ofEpochSecond(1_000_000 + second));
    return filter.decide(event);
  }
}
