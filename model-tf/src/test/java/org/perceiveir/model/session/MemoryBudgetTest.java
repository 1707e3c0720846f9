package org.perceiveir.model.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
  private static final long MIB = 1 << 20;

  @Test
  void shouldLeaveHeapAndJvmOutOfTheMachinesMemory() {
    MemoryBudget budget = MemoryBudget.ofMachine(8_192 * MIB, 2_048 * MIB);

    assertThat(budget.bytes()).isEqualTo((8_192 - 2_048 - 256) * MIB);
    assertThat(budget)
        .hasToString(
            "5888 MiB (memory of 8192 MiB less a heap of 2048 MiB (-Xmx) and 256 MiB for the JVM)");
  }

  /** A heap as large as the container leaves no room: opening a session says so, not this. */
  @Test
  void shouldBeEmptyWhenTheHeapTakesAllMemory() {
    assertThat(MemoryBudget.ofMachine(2_048 * MIB, 2_048 * MIB).bytes()).isEqualTo(1);
  }

  @Test
  void shouldReadTheMemoryOfThisMachine() {
    assertThat(MemoryBudget.ofMachine().bytes()).isGreaterThan(1);
    assertThat(MemoryBudget.ofMachine()).isSameAs(MemoryBudget.ofMachine());
  }

  @Test
  void shouldRefuseABudgetOfNothing() {
    assertThatThrownBy(() -> MemoryBudget.of(0, "restore.memory.max.bytes"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("restore.memory.max.bytes is 0: it must be at least 1 byte");
  }

  /** Two sessions share a process: passes that fit one by one may be too much together. */
  @Test
  void shouldLetPassesWaitWhenTheyDoNotFitTogether() throws Exception {
    MemoryBudget budget = MemoryBudget.of(100 * MIB, "a test");
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Future<Integer> first =
          threads.submit(
              () ->
                  budget.within(
                      60 * MIB,
                      () -> {
                        most.accumulateAndGet(running.incrementAndGet(), Math::max);
                        begun.countDown();
                        await(end);
                        return running.decrementAndGet();
                      }));
      begun.await();
      // 30 MiB are free beside it.
      assertThat(budget.<Integer>within(30 * MIB, () -> 7)).isEqualTo(7);
      Future<Integer> second =
          threads.submit(
              () ->
                  budget.within(
                      50 * MIB,
                      () -> {
                        most.accumulateAndGet(running.incrementAndGet(), Math::max);
                        return running.decrementAndGet();
                      }));
      assertThat(second.isDone()).isFalse();
      end.countDown();
      first.get(1, TimeUnit.MINUTES);
      second.get(1, TimeUnit.MINUTES);
      assertThat(most).hasValue(1);
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void shouldRunAPassAloneWhenItIsLargerThanTheBudget() {
    MemoryBudget budget = MemoryBudget.of(10 * MIB, "a test");

    assertThat(budget.<String>within(1L << 40, () -> "done")).isEqualTo("done");
    assertThat(MemoryBudget.unlimited().<String>within(1L << 40, () -> "done")).isEqualTo("done");
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
