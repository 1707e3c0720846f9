package org.perceiveir.streams.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LoudAtFirstTest {
  private final Logger log = new LoggerContext().getLogger("test");
  private final ListAppender<ILoggingEvent> told = new ListAppender<>();

  LoudAtFirstTest() {
    told.start();
    log.setLevel(Level.WARN);
    log.addAppender(told);
  }

  @Test
  void shouldTellTheFirstAndThenPowersOfTenOfEachKind() {
    LoudAtFirst warnings = new LoudAtFirst();

    IntStream.rangeClosed(1, 1_000).forEach(i -> warnings.warn(log, "dead letter", "p-0", "bad"));
    warnings.warn(log, "shed", "p-0", "old");

    assertThat(told.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly(
            "dead letter, p-0: bad (1 so far)",
            "dead letter, p-0: bad (10 so far)",
            "dead letter, p-0: bad (100 so far)",
            "dead letter, p-0: bad (1000 so far)",
            "shed, p-0: old (1 so far)");
  }

  /** Two threads that both count before either looks must not both find the second. */
  @Test
  void shouldTellTheFirstWhenManyThreadsWarnAtOnce() {
    LoudAtFirst warnings = new LoudAtFirst();

    IntStream.range(0, 99).parallel().forEach(i -> warnings.warn(log, "shed", "p-0", "old"));

    assertThat(told.list).hasSize(2);
  }

  @Test
  void shouldGiveTheFieldsToStructuredLogs() {
    new LoudAtFirst().warn(log, "shed TOO_OLD", "frames-0 offset 7", "old");

    assertThat(told.list.get(0).getKeyValuePairs())
        .extracting(pair -> pair.key + "=" + pair.value)
        .containsExactly("kind=shed TOO_OLD", "place=frames-0 offset 7", "count=1");
  }

  @Test
  void shouldLetNoProducerBeginALineOfTheLog() {
    new LoudAtFirst().warn(log, "shed", "topic-0 offset 1", "source x\n00:00:00 ERROR forged");

    assertThat(told.list.get(0).getFormattedMessage()).contains("forged").doesNotContain("\n");
  }
}
