package org.perceiveir.streams.aggregates;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.perceiveir.streams.aggregates.AggregatesPlan.Counters;
import org.perceiveir.streams.config.ServiceConfig;

/** Whatever fails in the aggregates, they begin anew, and nobody else is told. */
class AggregatesTest {
  private static final Aggregates.Pauses SHORT =
      new Aggregates.Pauses(Duration.ofMillis(1), Duration.ofMillis(4), Duration.ofMillis(20));

  private final AtomicInteger opened = new AtomicInteger();
  private final AtomicInteger open = new AtomicInteger();
  private final Queue<Consumer<Throwable>> lives = new ConcurrentLinkedQueue<>();

  private Aggregates.Life life(Consumer<Throwable> failed) {
    open.incrementAndGet();
    lives.add(failed);
    return new Aggregates.Life() {
      @Override
      public boolean isRunning() {
        return true;
      }

      @Override
      public void close() {
        open.decrementAndGet();
      }
    };
  }

  @Test
  void shouldBeginAnewWhenAStartOrALifeFailsAndEndWhenClosed() {
    Aggregates aggregates =
        Aggregates.start(
            failed -> {
              if (opened.incrementAndGet() <= 3) {
                throw new IllegalStateException("no broker");
              }
              return life(failed);
            },
            SHORT,
            new Counters());
    try (aggregates) {
      await().until(aggregates::isRunning);
      assertThat(aggregates.failures()).isEqualTo(3);

      lives.remove().accept(new OutOfMemoryError("of a stream thread"));
      await().until(() -> opened.get() == 5 && aggregates.isRunning());
      assertThat(aggregates.failures()).isEqualTo(4);
      assertThat(open.get()).as("the one that failed is closed").isEqualTo(1);
    }
    assertThat(open.get()).isZero();
    assertThat(aggregates.isRunning()).isFalse();
    assertThat(opened.get()).isEqualTo(5);
  }

  @Test
  void shouldFailAgainAfterACalmTimeAndBeginAnew() {
    try (Aggregates aggregates =
        Aggregates.start(
            failed -> {
              opened.incrementAndGet();
              return life(failed);
            },
            new Aggregates.Pauses(Duration.ofMillis(1), Duration.ofMillis(1), Duration.ZERO),
            new Counters())) {
      for (int i = 1; i <= 3; i++) {
        int begun = i;
        await().until(() -> opened.get() == begun && !lives.isEmpty());
        lives.remove().accept(new IllegalStateException("later"));
      }
      await().until(() -> opened.get() == 4);
      assertThat(aggregates.failures()).isEqualTo(3);
    }
    assertThat(open.get()).isZero();
  }

  @Test
  void shouldDoNothingWhenSwitchedOff() {
    ServiceConfig config =
        ServiceConfig.of(
            Map.of(
                "kafka.bootstrap.servers", "127.0.0.1:1",
                "schema.registry.url", "http://127.0.0.1:1",
                "aggregates.enabled", "false"));

    try (Aggregates aggregates = Aggregates.start(config)) {
      assertThat(aggregates.isRunning()).isFalse();
      assertThat(aggregates.failures()).isZero();
    }
  }
}
