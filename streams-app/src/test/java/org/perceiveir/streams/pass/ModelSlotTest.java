package org.perceiveir.streams.pass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ModelSlotTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  private final ScriptedRestorer first = new ScriptedRestorer("first", 1);
  private final ScriptedRestorer second = new ScriptedRestorer("second", 2);

  @Test
  void shouldCloseTheOldNetworkOnlyWhenItsPassHasEnded() throws Exception {
    ModelSlot slot = new ModelSlot(first);
    CountDownLatch inPass = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    CompletableFuture<Boolean> closedInPass =
        CompletableFuture.supplyAsync(
            () ->
                slot.use(
                    restorer -> {
                      inPass.countDown();
                      await(mayEnd);
                      return first.closed.get();
                    }));
    inPass.await();
    CompletableFuture<Boolean> exchanged =
        CompletableFuture.supplyAsync(() -> slot.exchange(second, LONG));

    while (!slot.identity().bundle().equals("second")) {
      Thread.onSpinWait();
    }
    // A pass that begins now has the new one, while the old one still has its own.
    assertThat(slot.<String>use(restorer -> restorer.bundleName())).isEqualTo("second");
    assertThat(exchanged).isNotDone();
    mayEnd.countDown();

    assertThat(closedInPass.get()).isFalse();
    assertThat(exchanged.get()).isTrue();
    assertThat(first.closed).isTrue();
    assertThat(second.closed).isFalse();
  }

  @Test
  void shouldLetTheLastPassCloseTheOldNetworkWhenNobodyWaitsAnyLonger() throws Exception {
    ModelSlot slot = new ModelSlot(first);
    CountDownLatch inPass = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    CompletableFuture<Void> pass =
        CompletableFuture.runAsync(
            () ->
                slot.use(
                    restorer -> {
                      inPass.countDown();
                      await(mayEnd);
                      return true;
                    }));
    inPass.await();

    assertThat(slot.exchange(second, Duration.ofMillis(1))).isFalse();
    assertThat(first.closed).isFalse();
    mayEnd.countDown();
    pass.get();

    assertThat(first.closed).isTrue();
  }

  @Test
  void shouldNeverLendAClosedNetworkWhenItIsExchangedAllTheTime() throws Exception {
    ModelSlot slot = new ModelSlot(first);
    AtomicBoolean ends = new AtomicBoolean();
    ExecutorService passes = Executors.newFixedThreadPool(2);
    try {
      List<CompletableFuture<Integer>> users =
          List.of(
              CompletableFuture.supplyAsync(() -> passesUntil(slot, ends), passes),
              CompletableFuture.supplyAsync(() -> passesUntil(slot, ends), passes));
      for (int i = 0; i < 500; i++) {
        assertThat(slot.exchange(new ScriptedRestorer("model-" + i, i & 0xFF), LONG)).isTrue();
      }
      ends.set(true);
      for (CompletableFuture<Integer> user : users) {
        // A closed one throws, which get() would rethrow.
        assertThat(user.get()).isPositive();
      }
    } finally {
      passes.shutdownNow();
    }
  }

  private static int passesUntil(ModelSlot slot, AtomicBoolean ends) {
    int done = 0;
    do {
      done += slot.use(r -> r.restore(List.of(ScriptedRestorer.grey(0)))).size();
    } while (!ends.get());
    return done;
  }

  @Test
  void shouldLendNothingAndStillTellItsNameWhenClosed() {
    ModelSlot slot = new ModelSlot(first);
    slot.close();
    slot.close();

    assertThat(first.closed).isTrue();
    assertThat(slot.identity().bundle()).isEqualTo("first");
    assertThatThrownBy(() -> slot.use(restorer -> 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("first is closed");
    assertThatThrownBy(() -> slot.exchange(second, LONG)).isInstanceOf(IllegalStateException.class);
    assertThat(second.closed).isFalse();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
