package org.perceiveir.streams.aggregates;

import java.time.Duration;
import java.time.Instant;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.jspecify.annotations.Nullable;
import org.perceiveir.streams.aggregates.AggregatesPlan.Counters;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.config.AggregatesSettings;
import org.perceiveir.streams.config.ServiceConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sums up the telemetry of a running service by source, and raises alerts: a second application
 * beside the restoration, with a thread, a consumer group and transactions of its own. It reads
 * what the restoration has committed, so the restoration never waits for it.
 *
 * <p><u>Failures.</u> Whatever ends the application is one WARN; it begins anew after a pause that
 * grows from 1 s to 1 min, and says so when it has worked for a minute. Nothing of it ends the
 * service. Its state and its offsets are one transaction, so it goes on where it was.
 */
public final class Aggregates implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Aggregates.class);

  private static final Duration CLOSING = Duration.ofSeconds(10);
  private static final Duration JOINING = CLOSING.plusSeconds(5);

  private final Opener opener;
  private final Pauses pauses;
  private final CompletableFuture<Boolean> closing = new CompletableFuture<>();
  private final AtomicLong failures = new AtomicLong();
  private final Counters counters;
  private final @Nullable Thread thread;
  private volatile @Nullable Life life;

  /** One life of the application, from its start to its failure. */
  interface Life extends AutoCloseable {
    /** Whether it has its partitions and works. */
    boolean isRunning();

    @Override
    void close();
  }

  /** Begins a life. */
  interface Opener {
    /**
     * Starts the application.
     *
     * @param failed is told what ends it, from any thread
     */
    Life open(Consumer<Throwable> failed);
  }

  /**
   * How long to wait.
   *
   * @param first before the second life
   * @param longest each pause is twice the one before, up to this
   * @param calm a life that lasted so long was none of a row of failures
   */
  record Pauses(Duration first, Duration longest, Duration calm) {
    static final Pauses USUAL =
        new Pauses(Duration.ofSeconds(1), Duration.ofMinutes(1), Duration.ofMinutes(1));
  }

  private Aggregates(@Nullable Opener opener, Pauses pauses, Counters counters) {
    this.pauses = pauses;
    this.counters = counters;
    this.opener =
        opener == null
            ? failed -> {
              throw new IllegalStateException("switched off");
            }
            : opener;
    if (opener == null) {
      thread = null;
    } else {
      thread = new Thread(this::run, "aggregates");
      thread.setDaemon(true);
    }
  }

  /**
   * Starts the aggregates of a service, or nothing if {@code aggregates.enabled} is false. Needs no
   * broker yet.
   */
  public static Aggregates start(ServiceConfig config) {
    Counters counters = new Counters();
    if (!config.aggregates().enabled()) {
      return new Aggregates(null, Pauses.USUAL, counters);
    }
    return start(failed -> new StreamsLife(config, counters, failed), Pauses.USUAL, counters);
  }

  /** As above, with lives of the caller's. */
  static Aggregates start(Opener opener, Pauses pauses, Counters counters) {
    Aggregates aggregates = new Aggregates(opener, pauses, counters);
    if (aggregates.thread != null) {
      aggregates.thread.start();
    }
    return aggregates;
  }

  /** Whether the application has its partitions and works. */
  public boolean isRunning() {
    Life current = life;
    return current != null && current.isRunning();
  }

  /** How often it failed and began anew. */
  public long failures() {
    return failures.get();
  }

  /** Records of the telemetry topic that were left out because they are no telemetry. */
  public long unreadable() {
    return counters.unreadable();
  }

  private void run() {
    Duration pause = pauses.first();
    boolean failing = false;
    while (!closing.isDone()) {
      CompletableFuture<Throwable> failure = new CompletableFuture<>();
      Throwable cause;
      try (Life current = opener.open(failure::complete)) {
        life = current;
        cause = await(failure, pauses.calm());
        if (cause == null && !closing.isDone()) {
          if (failing) {
            log.info("telemetry is summed up again, and alerts are raised");
          }
          failing = false;
          pause = pauses.first();
          cause = await(failure, null);
        }
      } catch (RuntimeException | Error e) {
        cause = e;
      } finally {
        life = null;
      }
      if (cause == null || closing.isDone()) {
        return;
      }
      failures.incrementAndGet();
      if (!failing) {
        failing = true;
        log.warn(
            "telemetry is not summed up and no alert is raised: {}; the restoration goes on, and it"
                + " is tried again. To do without: {}=false",
            root(cause),
            AggregatesSettings.ENABLED);
      }
      log.debug("the aggregates failed", cause);
      Throwable unused = await(new CompletableFuture<>(), pause);
      pause =
          pause.multipliedBy(2).compareTo(pauses.longest()) > 0
              ? pauses.longest()
              : pause.multipliedBy(2);
    }
  }

  /**
   * Waits for a failure, for the end of the aggregates, or for some time.
   *
   * @return the failure; null if there was none
   */
  private @Nullable Throwable await(CompletableFuture<Throwable> failure, @Nullable Duration time) {
    CompletableFuture<Object> either = CompletableFuture.anyOf(failure, closing);
    try {
      if (time == null) {
        either.get();
      } else {
        either.get(time.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (TimeoutException e) {
      return null;
    } catch (ExecutionException e) {
      return e.getCause();
    } catch (InterruptedException e) {
      // Nobody interrupts this thread but to end it.
      closing.complete(true);
      return null;
    }
    return failure.isDone() ? failure.join() : null;
  }

  private static Throwable root(Throwable thrown) {
    Throwable root = thrown;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  /** Commits what is done and ends. Waits at most 15 s. */
  @Override
  public void close() {
    closing.complete(true);
    if (thread != null) {
      try {
        thread.join(JOINING.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** A life in Kafka Streams. */
  private static final class StreamsLife implements Life {
    private final KafkaStreams streams;

    StreamsLife(ServiceConfig config, Counters counters, Consumer<Throwable> failed) {
      Properties settings = new Properties();
      settings.putAll(ClientSettings.aggregates(config));
      ReadToEnd clients = new ReadToEnd(config.telemetryTopic());
      streams =
          new KafkaStreams(
              AggregatesTopology.build(
                  AggregatesPlan.of(config, clients, counters), firstLook(config)),
              new StreamsConfig(settings),
              clients);
      streams.setUncaughtExceptionHandler(
          thrown -> {
            failed.accept(thrown);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
          });
      streams.setStateListener(
          (now, before) -> {
            if (now == KafkaStreams.State.ERROR) {
              failed.accept(new IllegalStateException("the stream thread has stopped"));
            }
          });
      boolean started = false;
      try {
        streams.start();
        started = true;
      } finally {
        if (!started) {
          streams.close(Duration.ZERO);
        }
      }
    }

    private static AutoOffsetReset firstLook(ServiceConfig config) {
      try (Admin admin = Admin.create(ClientSettings.admin(config))) {
        return FirstLook.at(admin, config.telemetryTopic(), Instant.now());
      }
    }

    @Override
    public boolean isRunning() {
      return streams.state() == KafkaStreams.State.RUNNING;
    }

    @Override
    public void close() {
      // Without leaving, the group waits for the session timeout before others take over.
      CloseOptions leave =
          CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
              .withTimeout(CLOSING);
      if (!streams.close(leave)) {
        log.warn("the aggregates did not end within {}; their open work is undone", CLOSING);
      }
    }
  }
}
