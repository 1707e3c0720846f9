package org.perceiveir.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class BatchPrefetcherTest {

  private static TrainingBatch batch(int step) {
    return TrainingBatch.of(step, "noise", 1, 1, new float[] {step}, new float[] {step});
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void shouldHandOutEveryStepInOrderWhateverTheThreads(int threads) throws Exception {
    Set<String> seen = ConcurrentHashMap.newKeySet();
    BatchSource uneven =
        step -> {
          seen.add(Thread.currentThread().getName());
          // Later steps of a thread's turn are quicker, so that they are made out of order.
          for (int i = 0; i < 200 * (7 - step % 7); i++) {
            Thread.onSpinWait();
          }
          return batch(step);
        };
    try (BatchPrefetcher loader = new BatchPrefetcher(uneven, 5, 300, threads)) {
      for (int step = 5; step < 300; step++) {
        assertThat(loader.take().step()).isEqualTo(step);
      }
      assertThatThrownBy(loader::take).isInstanceOf(IllegalStateException.class);
      assertThat(loader.nanosPerBatch()).isPositive();
    }
    assertThat(seen).hasSizeBetween(1, threads);
  }

  /** Without a bound a fast loader fills the heap. */
  @Test
  void shouldNotRunAheadWithoutBound() throws Exception {
    AtomicInteger made = new AtomicInteger();
    try (BatchPrefetcher loader =
        new BatchPrefetcher(
            step -> {
              made.incrementAndGet();
              return batch(step);
            },
            0,
            1000,
            2)) {
      loader.take();
      while (made.get() < loader.ahead() + 1) {
        Thread.onSpinWait();
      }
      // All threads now wait: the next step is not begun before another batch is taken.
      Thread.sleep(20);
      assertThat(made.get()).isEqualTo(loader.ahead() + 1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void shouldHandOutTheBatchesBeforeAFailureAndThenTheFailure(int threads) throws Exception {
    BatchSource failing =
        step -> {
          if (step >= 4) {
            throw new IllegalStateException("broken at " + step);
          }
          return batch(step);
        };
    try (BatchPrefetcher loader = new BatchPrefetcher(failing, 0, 100, threads)) {
      for (int step = 0; step < 4; step++) {
        assertThat(loader.take().step()).isEqualTo(step);
      }
      for (int again = 0; again < 2; again++) {
        assertThatThrownBy(loader::take)
            .isInstanceOf(BatchException.class)
            .hasMessageContaining("broken at 4")
            .hasRootCauseMessage("broken at 4");
      }
    }
  }

  @Test
  void shouldCountTheTimeThatTheTrainingWaitedAndNoOther() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    BatchSource late =
        step -> {
          try {
            release.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return batch(step);
        };
    try (BatchPrefetcher loader = new BatchPrefetcher(late, 0, 3, 1)) {
      assertThat(loader.waitedNanos()).isZero();
      Thread releasing =
          new Thread(
              () -> {
                try {
                  Thread.sleep(30);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
                release.countDown();
              });
      long start = System.nanoTime();
      releasing.start();
      loader.take();
      long whole = System.nanoTime() - start;
      assertThat(loader.waitedNanos()).isPositive().isLessThanOrEqualTo(whole);
      releasing.join();
    }
  }

  @Test
  void shouldLeaveNoThreadBehindWhenClosed() throws Exception {
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    BatchPrefetcher loader =
        new BatchPrefetcher(
            step -> {
              threads.add(Thread.currentThread());
              return batch(step);
            },
            0,
            1_000_000,
            3);
    loader.take();
    loader.close();
    assertThat(threads).isNotEmpty().noneMatch(Thread::isAlive);
    assertThatThrownBy(
            () -> {
              for (int i = 0; i <= loader.ahead(); i++) {
                loader.take();
              }
            })
        .hasMessageContaining("closed");
  }
}
