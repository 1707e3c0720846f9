package org.perceiveir.streams.books;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.lang.management.ManagementFactory;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.perceiveir.streams.config.ServiceConfig;
import org.slf4j.LoggerFactory;

class BooksAuditTest {
  private static final Optional<Duration> OFTEN = Optional.of(Duration.ofMillis(5));
  private static final Clock CLOCK = Clock.fixed(Instant.ofEpochMilli(4711), ZoneOffset.UTC);

  private final Logger logger = (Logger) LoggerFactory.getLogger(BooksAudit.class);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final ScriptedBooks books = new ScriptedBooks();

  /** Books that say what the test wants. */
  private static final class ScriptedBooks implements Auditable {
    private volatile Supplier<BookStatement> next = () -> statement(0, 0);
    private final AtomicInteger audits = new AtomicInteger();
    private final AtomicInteger opened = new AtomicInteger();
    private final AtomicInteger closed = new AtomicInteger();

    ScriptedBooks open() {
      opened.incrementAndGet();
      return this;
    }

    /** Lets at least two audits see what is said now. */
    void say(Supplier<BookStatement> statement) {
      next = statement;
      int before = audits.get();
      await().until(() -> audits.get() >= before + 3);
    }

    @Override
    public BookStatement audit(Duration timeout) {
      audits.incrementAndGet();
      return next.get();
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }

  private static BookStatement statement(long missing, long doubled) {
    return new BookStatement(
        new Books(10 + missing, 6, 1, 1, 1, 1, missing, doubled),
        List.of(),
        missing == 0
            ? List.of()
            : List.of(new SourceOffsets("cam", new OffsetRange(3, 17, 17 + missing))),
        doubled == 0
            ? List.of()
            : List.of(new SourceOffsets("cam", new OffsetRange(2, 5, 5 + doubled))),
        List.of(),
        List.of(),
        List.of(),
        true);
  }

  private static BookStatement broken(String message) {
    throw new KafkaException(message);
  }

  @BeforeEach
  void listen() {
    log.start();
    logger.setLevel(Level.INFO);
    logger.setAdditive(false);
    logger.addAppender(log);
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(log);
    logger.setAdditive(true);
    logger.setLevel(null);
  }

  private List<String> logged(Level level) {
    return List.copyOf(log.list).stream()
        .filter(event -> event.getLevel().equals(level))
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  private BooksAudit start(String application) {
    return BooksAudit.start(application, OFTEN, books::open, CLOCK);
  }

  private static @Nullable Object attribute(String bean, String name) throws Exception {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    return server.getAttribute(new ObjectName(bean), name);
  }

  @Test
  void shouldShowTheNumbersInJmxUntilItIsClosed() throws Exception {
    String bean = "org.perceiveir:type=Books,application=app.1";
    try (BooksAudit audit = start("app.1")) {
      books.say(() -> statement(2, 0));

      assertThat(audit.latest().missing()).isEqualTo(2);
      Map<String, Object> expected =
          Map.of(
              "Received", 12L,
              "Restored", 6L,
              "PassedThrough", 1L,
              "Shed", 1L,
              "DeadLettered", 1L,
              "InFlight", 1L,
              "Missing", 2L,
              "Doubled", 0L,
              "Balanced", false,
              "LastAuditEpochMs", 4711L);
      for (Map.Entry<String, Object> number : expected.entrySet()) {
        assertThat(attribute(bean, number.getKey()))
            .as(number.getKey())
            .isEqualTo(number.getValue());
      }
    }

    assertThat(ManagementFactory.getPlatformMBeanServer().isRegistered(new ObjectName(bean)))
        .isFalse();
    assertThat(books.closed).hasValue(1);
  }

  /** An alert at every interval would be silenced by whoever is on call. */
  @Test
  void shouldAlertOnceForEachGrowthAndOnceWhenTheBooksBalanceAgain() {
    try (BooksAudit audit = start("alert")) {
      books.say(() -> statement(0, 0));
      assertThat(log.list).isEmpty();

      books.say(() -> statement(3, 0));
      assertThat(logged(Level.ERROR)).hasSize(1);
      assertThat(logged(Level.ERROR).get(0))
          .contains("3 missing (partition 3, offsets 17 to 19)", "./perceive books --config FILE");

      books.say(() -> statement(3, 1));
      assertThat(logged(Level.ERROR)).hasSize(2);
      assertThat(logged(Level.ERROR).get(1)).contains("1 doubled (partition 2, offset 5)");

      books.say(() -> statement(0, 1));
      books.say(() -> statement(0, 0));
      assertThat(logged(Level.ERROR)).hasSize(2);
      assertThat(logged(Level.INFO)).hasSize(1);
      assertThat(logged(Level.INFO).get(0)).startsWith("the books balance again");
      assertThat(audit.latest().balanced()).isTrue();
    }
  }

  @Test
  void shouldWarnOnceOfAnOutageAndGoOnWithTheSameBooks() throws Exception {
    try (BooksAudit audit = start("outage")) {
      books.say(() -> broken("no broker"));
      assertThat(logged(Level.WARN)).hasSize(1);
      assertThat(logged(Level.WARN).get(0)).contains("no broker", "tried again");
      assertThat((Long) attribute("org.perceiveir:type=Books,application=outage", "Failures"))
          .isGreaterThanOrEqualTo(2);

      books.say(() -> statement(0, 0));
      books.say(() -> broken("no broker"));
      assertThat(logged(Level.WARN)).as("a second outage").hasSize(2);
      assertThat(books.opened).as("the telemetry is not read anew").hasValue(1);
      assertThat(audit.latest().received()).isEqualTo(10);
    }
  }

  @Test
  void shouldOpenTheBooksAnewWhenTheyAreInDoubt() {
    try (BooksAudit audit = start("anew")) {
      books.say(
          () -> {
            throw new IllegalStateException("a fault of ours");
          });
      assertThat(books.opened.get()).isGreaterThan(1);
      books.say(() -> statement(0, 0));
      assertThat(audit.latest().received()).isEqualTo(10);
    }
    assertThat(books.closed).hasValue(books.opened.get());
  }

  @Test
  void shouldKeepABeanForEachOfTwoInstancesInOneJvm() throws Exception {
    try (BooksAudit first = start("twice");
        BooksAudit second = start("twice")) {
      books.say(() -> statement(0, 0));

      assertThat(first.latest()).isEqualTo(second.latest());
      assertThat(attribute("org.perceiveir:type=Books,application=twice", "Received"))
          .isEqualTo(10L);
      assertThat(attribute("org.perceiveir:type=Books,application=twice,instance=2", "Received"))
          .isEqualTo(10L);
    }
  }

  @Test
  void shouldDoNothingWhenTheIntervalIsSwitchedOff() throws Exception {
    ServiceConfig config =
        ServiceConfig.of(
            Map.of(
                "kafka.bootstrap.servers", "b:1",
                "schema.registry.url", "http://r",
                "application.id", "off",
                "books.audit.interval.ms", "-1"));
    try (BooksAudit audit = BooksAudit.start(config)) {
      assertThat(audit.latest()).isEqualTo(Books.NONE);
      assertThat(
              ManagementFactory.getPlatformMBeanServer()
                  .isRegistered(new ObjectName("org.perceiveir:type=Books,application=off")))
          .isFalse();
    }
  }

  @Test
  void shouldShowDoubledRecordsAndBalanceInJmx() throws Exception {
    String bean = "org.perceiveir:type=Books,application=jmx";
    try (BooksAudit audit = start("jmx")) {
      books.say(() -> statement(0, 4));
      assertThat(attribute(bean, "Doubled")).isEqualTo(4L);
      assertThat(attribute(bean, "Balanced")).isEqualTo(false);

      books.say(() -> statement(0, 0));
      assertThat(attribute(bean, "Balanced")).isEqualTo(true);
      assertThat(audit.lastAuditEpochMs()).isEqualTo(4711);
      assertThat(audit.failures()).isZero();

      books.say(() -> broken("no broker"));
      assertThat(audit.failures()).isPositive();
    }
  }

  /** One lost and one doubled are two faults, not none. */
  @Test
  void shouldTellThatTheBooksBalanceAgainWhenAsManyWereMissingAsDoubled() {
    try (BooksAudit audit = start("both")) {
      books.say(() -> statement(1, 1));
      books.say(() -> statement(0, 0));

      assertThat(logged(Level.INFO)).singleElement().asString().startsWith("the books balance");
      assertThat(audit.latest().balanced()).isTrue();
    }
  }

  @Test
  void shouldNameFiveRangesAndThatThereAreMore() {
    try (BooksAudit audit = start("ranges")) {
      books.say(() -> missingAt(5));
      assertThat(logged(Level.ERROR)).singleElement().asString().contains("offset 8)");

      books.say(() -> missingAt(6));
      assertThat(logged(Level.ERROR).get(1)).contains("offset 8; ...)").doesNotContain("offset 10");
      assertThat(audit.latest().missing()).isEqualTo(6);
    }
  }

  /** Every second offset, so that none joins another. */
  private static BookStatement missingAt(int count) {
    BookStatement some = statement(count, 0);
    return new BookStatement(
        some.total(),
        some.lines(),
        IntStream.range(0, count)
            .mapToObj(i -> new SourceOffsets("cam", new OffsetRange(3, 2L * i, 2L * i + 1)))
            .toList(),
        some.doubled(),
        some.notRead(),
        some.expired(),
        some.telemetryExpired(),
        true);
  }

  @Test
  void shouldWarnOnceThatTheServiceIsSlowerThanRetention() {
    try (BooksAudit audit = start("retention")) {
      books.say(() -> expired(5));
      books.say(() -> expired(9));

      assertThat(logged(Level.WARN))
          .singleElement()
          .asString()
          .contains("5 offsets left the input topic", "partition 1, offsets 20 to 24");
      assertThat(audit.latest().balanced()).isTrue();
    }
  }

  private static BookStatement expired(int count) {
    BookStatement some = statement(0, 0);
    return new BookStatement(
        some.total(),
        some.lines(),
        some.missing(),
        some.doubled(),
        some.notRead(),
        List.of(new OffsetRange(1, 20, 20 + count)),
        some.telemetryExpired(),
        true);
  }
}
