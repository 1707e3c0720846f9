package org.perceiveir.streams.books;

import java.lang.management.ManagementFactory;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.management.InstanceAlreadyExistsException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.perceiveir.streams.config.ServiceConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Balances the books of a running service again and again, on a thread of its own.
 *
 * <p><u>Metric.</u> The numbers are a {@link BooksMXBean}. <u>Alert.</u> One ERROR in the log when
 * records are first found missing or doubled and each time they become more, one INFO when the
 * books balance again, which is when the records in question have left the input topic.
 *
 * <p><u>Outages.</u> An audit that fails is one WARN and is tried again at every interval; it never
 * ends the service. The books are kept open over an outage, so that afterwards only what is new is
 * read.
 *
 * <p><u>Cost.</u> Every instance reads the telemetry of the whole application: from its beginning
 * once, then what is new. The input is read only where telemetry is absent.
 */
public final class BooksAudit implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BooksAudit.class);

  /** An audit must not wait longer for open transactions; the next one goes on. */
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);

  private static final Duration CLOSING = Duration.ofSeconds(10);
  private static final int NAMED_RANGES = 5;

  private final String application;
  private final Duration interval;
  private final Supplier<? extends Auditable> opener;
  private final Clock clock;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicLong failures = new AtomicLong();
  private final @Nullable Thread thread;
  private final Object interrupting = new Object();
  private boolean interruptible = true;
  private @Nullable ObjectName name;
  private volatile Books latest = Books.NONE;
  private volatile long lastAuditMs;

  // Of the audit's thread alone.
  private @Nullable Auditable books;
  private long alertedMissing;
  private long alertedDoubled;
  private long warnedExpired;
  private boolean failing;

  private BooksAudit(
      String application,
      Optional<Duration> interval,
      Supplier<? extends Auditable> opener,
      Clock clock) {
    this.application = application;
    this.interval = interval.orElse(Duration.ZERO);
    this.opener = opener;
    this.clock = clock;
    if (interval.isPresent()) {
      thread = new Thread(this::run, "books-audit");
      thread.setDaemon(true);
    } else {
      thread = null;
    }
  }

  /**
   * Starts the audit of an application, or nothing if {@code books.audit.interval.ms} is -1. Needs
   * no broker yet: an outage at this moment is an outage like any other.
   */
  public static BooksAudit start(ServiceConfig config) {
    return start(
        config.applicationId(),
        config.booksAuditInterval(),
        () -> BookKeeper.open(config),
        Clock.systemUTC());
  }

  /** As above, with books of the caller's: opened for the first audit, and after a failure. */
  static BooksAudit start(
      String application,
      Optional<Duration> interval,
      Supplier<? extends Auditable> opener,
      Clock clock) {
    BooksAudit audit = new BooksAudit(application, interval, opener, clock);
    if (audit.thread != null) {
      audit.register();
      audit.thread.start();
    }
    return audit;
  }

  /** The books as the last audit saw them; without a record before the first. */
  public Books latest() {
    return latest;
  }

  /** When the last audit ended, in milliseconds since 1970; 0 before the first. */
  public long lastAuditEpochMs() {
    return lastAuditMs;
  }

  /** Audits that failed. */
  public long failures() {
    return failures.get();
  }

  private void run() {
    try {
      while (!ended.await(interval.toMillis(), TimeUnit.MILLISECONDS)) {
        audit();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      // Kafka's clients do not close in order in an interrupted thread, and this one ends anyhow.
      synchronized (interrupting) {
        interruptible = false;
        boolean unused = Thread.interrupted();
      }
      forget();
    }
  }

  private void audit() {
    try {
      Auditable open = books;
      if (open == null) {
        open = opener.get();
        books = open;
      }
      Duration wait = interval.compareTo(LONGEST_WAIT) < 0 ? interval : LONGEST_WAIT;
      BookStatement statement = open.audit(wait);
      latest = statement.total();
      lastAuditMs = clock.millis();
      if (failing) {
        failing = false;
        log.info("the books are audited again");
      }
      judge(statement);
    } catch (RuntimeException e) {
      if (ended.getCount() == 0 || Thread.currentThread().isInterrupted()) {
        return;
      }
      failures.incrementAndGet();
      if (!failing) {
        failing = true;
        log.warn(
            "the books cannot be audited: {}; the service goes on, and the audit is tried again"
                + " every {} ms",
            e.getMessage() == null ? e.toString() : e.getMessage(),
            interval.toMillis());
      }
      log.debug("audit failed", e);
      if (!(e instanceof KafkaException)) {
        // Of an outage the keeper recovers by itself; of what else it may be, it begins anew.
        forget();
      }
    }
  }

  private void judge(BookStatement statement) {
    Books total = statement.total();
    if (total.missing() > alertedMissing || total.doubled() > alertedDoubled) {
      log.error(
          "THE BOOKS DO NOT BALANCE: {} missing{}, {} doubled{}; all of it: ./perceive books"
              + " --config FILE",
          total.missing(),
          where(statement.missing()),
          total.doubled(),
          where(statement.doubled()));
      alertedMissing = Math.max(alertedMissing, total.missing());
      alertedDoubled = Math.max(alertedDoubled, total.doubled());
    } else if (statement.complete()
        && alertedMissing + alertedDoubled > 0
        && total.missing() + total.doubled() == 0) {
      log.info("the books balance again: {}", total.summary());
    }
    if (statement.complete()) {
      alertedMissing = total.missing();
      alertedDoubled = total.doubled();
    }
    long expired = BookStatement.length(statement.expired());
    if (expired > warnedExpired) {
      if (warnedExpired == 0) {
        log.warn(
            "{} offsets left the input topic before there was an outcome of them ({}): the service"
                + " is slower than retention; raise {} or add instances",
            expired,
            statement.expired().get(0).describe(),
            ServiceConfig.FRAMES_RETENTION_MS);
      }
      warnedExpired = expired;
    }
  }

  private static String where(List<SourceOffsets> offsets) {
    if (offsets.isEmpty()) {
      return "";
    }
    return " ("
        + offsets.stream()
            .limit(NAMED_RANGES)
            .map(at -> at.offsets().describe())
            .collect(Collectors.joining("; "))
        + (offsets.size() > NAMED_RANGES ? "; ..." : "")
        + ")";
  }

  private void forget() {
    Auditable open = books;
    books = null;
    if (open != null) {
      try {
        open.close();
      } catch (RuntimeException e) {
        log.debug("the books did not close in order", e);
      }
    }
  }

  /** Two instances in one JVM have two audits; the second one's bean has a number. */
  private void register() {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    for (int instance = 1; name == null; instance++) {
      try {
        ObjectName candidate =
            new ObjectName(
                "org.perceiveir:type=Books,application="
                    + application
                    + (instance == 1 ? "" : ",instance=" + instance));
        server.registerMBean(new Bean(), candidate);
        name = candidate;
      } catch (InstanceAlreadyExistsException e) {
        log.debug("another audit of {} runs in this JVM", application);
      } catch (JMException e) {
        log.warn("the books are not in JMX: {}", e.toString());
        return;
      }
    }
  }

  /** Ends the audit; an audit in progress is given up. Waits at most 10 s. */
  @Override
  public void close() {
    ended.countDown();
    if (thread != null) {
      synchronized (interrupting) {
        if (interruptible) {
          thread.interrupt();
        }
      }
      try {
        thread.join(CLOSING.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    ObjectName registered = name;
    name = null;
    if (registered != null) {
      try {
        ManagementFactory.getPlatformMBeanServer().unregisterMBean(registered);
      } catch (JMException e) {
        log.debug("{} is not in JMX any more", registered, e);
      }
    }
  }

  private final class Bean implements BooksMXBean {
    @Override
    public long getReceived() {
      return latest.received();
    }

    @Override
    public long getRestored() {
      return latest.restored();
    }

    @Override
    public long getPassedThrough() {
      return latest.passedThrough();
    }

    @Override
    public long getShed() {
      return latest.shed();
    }

    @Override
    public long getDeadLettered() {
      return latest.deadLettered();
    }

    @Override
    public long getInFlight() {
      return latest.inFlight();
    }

    @Override
    public long getMissing() {
      return latest.missing();
    }

    @Override
    public long getDoubled() {
      return latest.doubled();
    }

    @Override
    public boolean isBalanced() {
      return latest.balanced();
    }

    @Override
    public long getLastAuditEpochMs() {
      return lastAuditMs;
    }

    @Override
    public long getFailures() {
      return failures.get();
    }
  }
}
