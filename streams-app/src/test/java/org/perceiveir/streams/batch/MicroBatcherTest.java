package org.perceiveir.streams.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.session.Restorer;

@Timeout(60)
class MicroBatcherTest {
  /** Never elapses in a test: what starts a pass is something else. */
  private static final Duration FOREVER = Duration.ofDays(1);

  /** A test that fails must end: closing waits for the pass that it holds up. */
  private static final Duration STALL = Duration.ofSeconds(20);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final GatedRestorer restorer = new GatedRestorer();

  @AfterEach
  void endThreads() {
    restorer.gate.release(1_000);
    threads.shutdownNow();
  }

  private static RgbImage frame(int side, int value) {
    byte[] rgb = new byte[3 * side * side];
    rgb[0] = (byte) value;
    return RgbImage.wrap(side, side, rgb);
  }

  /** What a thread of the blocking mode does. */
  private static PassOutcome restore(
      MicroBatcher batcher, MicroBatcher.Membership member, RgbImage frame) {
    assertThat(batcher.model().bundle()).isNotEmpty();
    Ticket ticket = member.submit(FrameRequest.of(frame));
    member.await(ticket::hasEnded);
    return ticket.outcome();
  }

  private static PassOutcome restore(MicroBatcher batcher, RgbImage frame) {
    try (MicroBatcher.Membership member = batcher.join()) {
      return restore(batcher, member, frame);
    }
  }

  private static Restoration restoration(PassOutcome outcome) {
    if (outcome instanceof PassFailure failure) {
      throw new AssertionError(failure.message(), failure.cause());
    }
    return (Restoration) outcome;
  }

  private CompletableFuture<Restoration> submit(MicroBatcher batcher, RgbImage frame) {
    return CompletableFuture.supplyAsync(
        () -> {
          try (MicroBatcher.Membership member = batcher.join()) {
            return restoration(restore(batcher, member, frame));
          }
        },
        threads);
  }

  /** Hands frames in one after the other, so that their order in the queue is known. */
  private List<CompletableFuture<Restoration>> submitInOrder(
      MicroBatcher batcher, RgbImage... frames) throws InterruptedException {
    List<CompletableFuture<Restoration>> results = new ArrayList<>();
    int before = batcher.waiting();
    for (RgbImage frame : frames) {
      results.add(submit(batcher, frame));
      before++;
      while (batcher.waiting() < before) {
        Thread.onSpinWait();
      }
    }
    return results;
  }

  /** Threads that are members but never hand in a frame. */
  private void idleMembers(MicroBatcher batcher, int count) throws Exception {
    CyclicBarrier joined = new CyclicBarrier(count + 1);
    for (int i = 0; i < count; i++) {
      threads.execute(
          () -> {
            MicroBatcher.Membership unused = batcher.join();
            try {
              joined.await();
              // A thread that went back to the pool would block in this member's name.
              new CountDownLatch(1).await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            } catch (BrokenBarrierException e) {
              throw new IllegalStateException(e);
            }
          });
    }
    joined.await();
  }

  @Test
  void shouldRunOnePassWhenTheBatchIsFull() throws Exception {
    try (MicroBatcher batcher = new MicroBatcher(restorer, 3, FOREVER)) {
      idleMembers(batcher, 8);
      batcher.start();
      restorer.gate.release(1);
      List<CompletableFuture<Restoration>> results = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        results.add(submit(batcher, frame(4, i)));
      }

      for (CompletableFuture<Restoration> result : results) {
        assertThat(result.get().batchSize()).isEqualTo(3);
      }
      assertThat(restorer.passes).hasSize(1);
    }
  }

  @Test
  void shouldRunAtOnceWhenEveryMemberIsBlocked() throws Exception {
    try (MicroBatcher batcher = new MicroBatcher(restorer, 8, FOREVER)) {
      MicroBatcher.Membership reader = batcher.join();
      batcher.start();
      restorer.gate.release(1);
      List<CompletableFuture<Restoration>> results =
          submitInOrder(batcher, frame(4, 1), frame(4, 2));
      assertThat(restorer.entered).isEmpty();

      reader.close();
      reader.close();

      assertThat(results.get(0).get().batchSize()).isEqualTo(2);
      assertThat(results.get(1).get().image().rgb()[0]).isEqualTo((byte) ~2);
    }
  }

  @Test
  void shouldRunAPartialBatchWhenTheDelayIsOver() throws Exception {
    try (MicroBatcher batcher = new MicroBatcher(restorer, 8, Duration.ofMillis(1))) {
      idleMembers(batcher, 8);
      batcher.start();
      restorer.gate.release(1);

      long before = System.nanoTime();
      Restoration restoration = submit(batcher, frame(4, 1)).get();

      assertThat(restoration.batchSize()).isEqualTo(1);
      assertThat(restoration.queueNanos())
          .isBetween(Duration.ofMillis(1).toNanos(), System.nanoTime() - before);
    }
  }

  @Test
  void shouldBatchOnlyEqualSizesAndServeTheOldestFirst() throws Exception {
    try (MicroBatcher batcher = new MicroBatcher(restorer, 8, Duration.ZERO)) {
      batcher.start();
      CompletableFuture<Restoration> blocker = submit(batcher, frame(2, 0));
      restorer.awaitPass();
      List<CompletableFuture<Restoration>> results =
          submitInOrder(batcher, frame(4, 1), frame(6, 2), frame(4, 3), frame(6, 4));

      restorer.gate.release(3);

      assertThat(blocker.get().batchSize()).isEqualTo(1);
      for (CompletableFuture<Restoration> result : results) {
        assertThat(result.get().batchSize()).isEqualTo(2);
      }
      assertThat(restorer.passes).containsExactly("2x1", "4x2", "6x2");
    }
  }

  @Test
  void shouldFailOnlyTheBadFrameWhenItsBatchFails() throws Exception {
    restorer.operation =
        frame -> {
          if (frame.rgb()[0] == 13) {
            throw new IllegalArgumentException("unlucky frame");
          }
          return FakeRestorer.inverted(frame);
        };
    try (MicroBatcher batcher = new MicroBatcher(restorer, 3, FOREVER)) {
      idleMembers(batcher, 3);
      batcher.start();
      restorer.gate.release(4);
      CompletableFuture<Restoration> good = submit(batcher, frame(4, 1));
      CompletableFuture<Restoration> bad = submit(batcher, frame(4, 13));
      CompletableFuture<Restoration> alsoGood = submit(batcher, frame(4, 2));

      assertThat(good.get().image().rgb()[0]).isEqualTo((byte) ~1);
      assertThat(alsoGood.get().image().rgb()[0]).isEqualTo((byte) ~2);
      assertThatThrownBy(bad::get)
          .hasMessageContaining("4x4")
          .hasMessageContaining("unlucky frame");
    }
  }

  private static FrameRequest from(String source, int value) {
    return new FrameRequest(frame(4, value), source, 0, FrameRequest.NO_DEADLINE);
  }

  /** One camera of 100 frames a second would otherwise push all others out of the network. */
  @Test
  void shouldTakeTurnsBetweenSourcesWhenOneIsFast() throws Exception {
    try (MicroBatcher batcher = new MicroBatcher(restorer, 1, Duration.ZERO);
        MicroBatcher.Membership member = batcher.join()) {
      batcher.start();
      Ticket running = member.submit(from("fast", 0));
      restorer.awaitPass();
      List<Ticket> fast = new ArrayList<>();
      for (int i = 1; i <= 10; i++) {
        fast.add(member.submit(from("fast", i)));
      }
      Ticket slow1 = member.submit(from("slow", 11));
      Ticket slow2 = member.submit(from("slow", 12));

      // The running pass, then two rounds.
      restorer.gate.release(5);
      member.await(slow2::hasEnded);

      assertThat(running.hasEnded()).isTrue();
      assertThat(slow1.hasEnded()).isTrue();
      assertThat(fast.stream().filter(Ticket::hasEnded).count()).isLessThanOrEqualTo(2);
      restorer.gate.release(100);
    }
  }

  @Test
  void shouldServeHigherPrioritiesFirst() throws Exception {
    try (MicroBatcher batcher = new MicroBatcher(restorer, 2, Duration.ZERO);
        MicroBatcher.Membership member = batcher.join()) {
      batcher.start();
      Ticket running = member.submit(from("a", 0));
      restorer.awaitPass();
      Ticket low1 = member.submit(from("a", 1));
      Ticket low2 = member.submit(from("b", 2));
      Ticket high = member.submit(new FrameRequest(frame(4, 3), "c", 5, FrameRequest.NO_DEADLINE));

      restorer.gate.release(2);
      member.await(high::hasEnded);

      assertThat(running.hasEnded()).isTrue();
      assertThat(low1.hasEnded()).isTrue();
      assertThat(low2.hasEnded()).isFalse();
      restorer.gate.release(100);
    }
  }

  /** A flood of priorities would otherwise outlast the transaction of a thread that waits. */
  @Test
  void shouldServeAThreadBeforeAnyPriorityWhenItsPatienceIsOver() throws Exception {
    try (MicroBatcher batcher = new MicroBatcher(restorer, 1, Duration.ZERO, Duration.ZERO, STALL);
        MicroBatcher.Membership reader = batcher.join()) {
      batcher.start();
      Ticket running = reader.submit(from("a", 0));
      restorer.awaitPass();
      CompletableFuture<Restoration> blocked = submitInOrder(batcher, frame(4, 1)).get(0);
      Ticket high = reader.submit(new FrameRequest(frame(4, 2), "c", 5, FrameRequest.NO_DEADLINE));

      restorer.gate.release(2);

      assertThat(blocked.get().batchSize()).isEqualTo(1);
      assertThat(running.hasEnded()).isTrue();
      assertThat(high.hasEnded()).isFalse();
      restorer.gate.release(1);
    }
  }

  /** A drain wakes after each pass to write; it must not begin to wait anew each time. */
  @Test
  void shouldCountTheWaitOfAThreadOverAllOfADrain() throws Exception {
    Duration patience = Duration.ofMillis(300);
    try (MicroBatcher batcher = new MicroBatcher(restorer, 1, Duration.ZERO, patience, STALL);
        MicroBatcher.Membership reader = batcher.join()) {
      batcher.start();
      Ticket running = reader.submit(from("a", 0));
      restorer.awaitPass();
      CountDownLatch handedIn = new CountDownLatch(1);
      CompletableFuture<Void> drain =
          CompletableFuture.runAsync(
              () -> {
                try (MicroBatcher.Membership drains = batcher.join()) {
                  Ticket first = drains.submit(from("low", 1));
                  Ticket second = drains.submit(from("low", 2));
                  handedIn.countDown();
                  drains.await(first::hasEnded);
                  drains.await(second::hasEnded);
                }
              },
              threads);
      handedIn.await();
      Thread.sleep(2 * patience.toMillis());
      List<Ticket> flood = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        flood.add(
            reader.submit(new FrameRequest(frame(4, 3), "high", 5, FrameRequest.NO_DEADLINE)));
      }

      // The running pass and both frames of the drain, before any of the flood.
      restorer.gate.release(3);
      drain.get();

      assertThat(running.hasEnded()).isTrue();
      assertThat(flood).noneMatch(Ticket::hasEnded);
      restorer.gate.release(100);
    }
  }

  /** The pass that begins while a drain writes would otherwise go to the flood, each time. */
  @Test
  void shouldKeepThePlaceOfAThreadThatWritesBetweenTwoWaits() throws Exception {
    Duration patience = Duration.ofMillis(50);
    try (MicroBatcher batcher = new MicroBatcher(restorer, 1, Duration.ZERO, patience, STALL);
        MicroBatcher.Membership reader = batcher.join()) {
      batcher.start();
      Ticket running = reader.submit(from("a", 0));
      restorer.awaitPass();
      Ticket low =
          CompletableFuture.supplyAsync(
                  () -> {
                    MicroBatcher.Membership drains = batcher.join();
                    Ticket ticket = drains.submit(from("low", 1));
                    drains.await(() -> true);
                    return ticket;
                  },
                  threads)
              .get();
      Thread.sleep(2 * patience.toMillis());
      Ticket high =
          reader.submit(new FrameRequest(frame(4, 2), "high", 5, FrameRequest.NO_DEADLINE));

      restorer.gate.release(2);
      reader.await(() -> low.hasEnded() || high.hasEnded());

      assertThat(running.hasEnded()).isTrue();
      assertThat(low.hasEnded()).isTrue();
      assertThat(high.hasEnded()).isFalse();
      restorer.gate.release(1);
    }
  }

  /** Each task of a thread would otherwise wait for the same dead device before it can close. */
  @Test
  void shouldGiveUpAtOnceWhenTheDeviceIsKnownToHang() {
    MicroBatcher batcher =
        new MicroBatcher(restorer, 1, Duration.ZERO, Duration.ZERO, Duration.ofSeconds(2));
    MicroBatcher.Membership member = batcher.join();
    batcher.start();
    Ticket hangs = member.submit(from("a", 0));
    assertThatThrownBy(() -> member.await(hangs::hasEnded))
        .isInstanceOf(BatcherClosedException.class);

    long begin = System.nanoTime();
    assertThatThrownBy(() -> member.await(hangs::hasEnded))
        .isInstanceOf(BatcherClosedException.class);
    assertThat(System.nanoTime() - begin).isLessThan(Duration.ofSeconds(1).toNanos());
    restorer.gate.release(1);
  }

  /** While one thread commits, the batch of the other must fill the device. */
  @Test
  void shouldServeABlockedThreadBeforeOneThatReadsOn() throws Exception {
    try (MicroBatcher batcher = new MicroBatcher(restorer, 1, Duration.ZERO);
        MicroBatcher.Membership reader = batcher.join()) {
      batcher.start();
      Ticket running = reader.submit(from("a", 0));
      restorer.awaitPass();
      Ticket earlier = reader.submit(from("a", 1));
      CompletableFuture<Restoration> blocked = submitInOrder(batcher, frame(4, 2)).get(0);

      restorer.gate.release(2);

      assertThat(blocked.get().batchSize()).isEqualTo(1);
      assertThat(running.hasEnded()).isTrue();
      assertThat(earlier.hasEnded()).isFalse();
      restorer.gate.release(1);
    }
  }

  @Test
  void shouldExpireAFrameInsteadOfRestoringItWhenItsDeadlineHasPassed() throws Exception {
    try (MicroBatcher batcher = new MicroBatcher(restorer, 4, Duration.ZERO);
        MicroBatcher.Membership member = batcher.join()) {
      batcher.start();
      Ticket running = member.submit(from("a", 0));
      restorer.awaitPass();
      long past = System.nanoTime() - 1;
      Ticket old = member.submit(new FrameRequest(frame(4, 1), "a", 0, past));
      Ticket fresh =
          member.submit(
              new FrameRequest(
                  frame(4, 2), "a", 0, System.nanoTime() + Duration.ofHours(1).toNanos()));

      restorer.gate.release(2);
      member.await(() -> old.hasEnded() && fresh.hasEnded());

      assertThat(old.outcome()).isInstanceOf(Expired.class);
      assertThat(restoration(fresh.outcome()).batchSize()).isEqualTo(1);
      assertThat(running.outcome()).isInstanceOf(Restoration.class);
    }
  }

  @Test
  void shouldNotRunAFrameThatWasWithdrawn() throws Exception {
    try (MicroBatcher batcher = new MicroBatcher(restorer, 1, Duration.ZERO);
        MicroBatcher.Membership member = batcher.join()) {
      batcher.start();
      Ticket running = member.submit(from("a", 0));
      restorer.awaitPass();
      Ticket withdrawn = member.submit(from("a", 1));
      Ticket last = member.submit(from("a", 2));

      member.withdraw(withdrawn);
      restorer.gate.release(2);
      member.await(last::hasEnded);

      assertThat(running.hasEnded()).isTrue();
      assertThat(withdrawn.hasEnded()).isFalse();
      assertThat(restorer.passes).hasSize(2);
    }
  }

  /** A thread that waits for ever for a device that hangs keeps its partitions from all others. */
  @Test
  void shouldGiveUpWhenTheDeviceHangs() throws Exception {
    MicroBatcher batcher =
        new MicroBatcher(restorer, 1, Duration.ZERO, Duration.ZERO, Duration.ofMillis(50));
    MicroBatcher.Membership member = batcher.join();
    batcher.start();
    Ticket hangs = member.submit(from("a", 0));

    assertThatThrownBy(() -> member.await(hangs::hasEnded))
        .isInstanceOf(BatcherClosedException.class)
        .hasMessageContaining("has not finished what waits for it within 50 ms");
    assertThat(batcher.closeWithinStallLimit()).isFalse();
    restorer.gate.release(1);
  }

  @Test
  void shouldTellHowLongAFrameWouldWait() throws Exception {
    try (MicroBatcher batcher = new MicroBatcher(restorer, 2, Duration.ZERO);
        MicroBatcher.Membership member = batcher.join()) {
      batcher.start();
      assertThat(batcher.expectedWaitNanos(0)).isZero();
      Ticket first = member.submit(from("a", 0));
      restorer.awaitPass();
      Thread.sleep(20);
      restorer.gate.release(1);
      member.await(first::hasEnded);
      Ticket second = member.submit(from("a", 1));
      restorer.awaitPass();
      List<Ticket> ahead = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        ahead.add(member.submit(from("a", i)));
      }

      long same = batcher.expectedWaitNanos(0);
      long higher = batcher.expectedWaitNanos(1);
      restorer.gate.release(100);

      // Two passes ahead. None of two frames has run yet, so each counts as the one of 20 ms; for a
      // higher priority there is only the one that runs.
      assertThat(same).isGreaterThan(40_000_000L);
      assertThat(higher).isLessThan(same - 35_000_000L);
      member.await(() -> second.hasEnded() && ahead.stream().allMatch(Ticket::hasEnded));
    }
  }

  /** Dead-lettering frames because the heap is full or the session closed would lose them. */
  @Test
  void shouldLetErrorsEscapeAsTheyAre() throws Exception {
    restorer.operation =
        frame -> {
          if (frame.rgb()[0] == 1) {
            throw new OutOfMemoryError("heap");
          }
          throw new IllegalStateException("session closed");
        };
    try (MicroBatcher batcher = new MicroBatcher(restorer, 1, Duration.ZERO)) {
      batcher.start();
      restorer.gate.release(2);

      assertThatThrownBy(() -> restore(batcher, frame(4, 1))).isInstanceOf(OutOfMemoryError.class);
      assertThatThrownBy(() -> restore(batcher, frame(4, 2)))
          .isInstanceOf(BatcherClosedException.class)
          .hasMessageContaining("session closed");
    }
  }

  @Test
  void shouldWakeThoseThatWaitAndFinishThePassThatRunsWhenClosed() throws Exception {
    MicroBatcher batcher = new MicroBatcher(restorer, 1, Duration.ZERO);
    batcher.start();
    CompletableFuture<Restoration> running = submit(batcher, frame(4, 1));
    restorer.awaitPass();
    List<CompletableFuture<Restoration>> waiting = submitInOrder(batcher, frame(4, 2), frame(4, 3));

    CompletableFuture<Void> closed = CompletableFuture.runAsync(batcher::close, threads);
    for (CompletableFuture<Restoration> woken : waiting) {
      assertThatThrownBy(woken::get)
          .hasCauseInstanceOf(BatcherClosedException.class)
          .hasMessageContaining("closed");
    }
    assertThat(batcher.state()).isEqualTo(MicroBatcher.State.CLOSING);
    restorer.gate.release(1);

    closed.get();
    assertThat(running.get().batchSize()).isEqualTo(1);
    assertThat(batcher.state()).isEqualTo(MicroBatcher.State.CLOSED);
    assertThatThrownBy(() -> restore(batcher, frame(4, 4)))
        .isInstanceOf(BatcherClosedException.class);
    batcher.close();
  }

  @Test
  void shouldRefuseFramesBeforeItIsStartedAndStartOnlyOnce() {
    MicroBatcher batcher = new MicroBatcher(restorer, 1, Duration.ZERO);

    assertThatThrownBy(() -> restore(batcher, frame(4, 1)))
        .isInstanceOf(BatcherClosedException.class);
    batcher.close();
    assertThat(batcher.state()).isEqualTo(MicroBatcher.State.CLOSED);
    assertThatThrownBy(batcher::start).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void shouldGiveEveryThreadItsOwnFrameBackUnderLoad() throws Exception {
    restorer.gate.release(100_000);
    int workers = 6;
    int rounds = 200;
    try (MicroBatcher batcher = new MicroBatcher(restorer, 4, Duration.ofNanos(50_000))) {
      batcher.start();
      CountDownLatch done = new CountDownLatch(workers);
      List<CompletableFuture<Integer>> right = new ArrayList<>();
      for (int w = 0; w < workers; w++) {
        int worker = w;
        right.add(
            CompletableFuture.supplyAsync(
                () -> {
                  int equal = 0;
                  try (MicroBatcher.Membership member = batcher.join()) {
                    for (int i = 0; i < rounds; i++) {
                      byte value = (byte) (worker * 31 + i);
                      Restoration result =
                          restoration(restore(batcher, member, frame(2 + i % 3, value)));
                      equal += result.image().rgb()[0] == (byte) ~value ? 1 : 0;
                    }
                  } finally {
                    done.countDown();
                  }
                  return equal;
                },
                threads));
      }
      done.await();
      for (CompletableFuture<Integer> equal : right) {
        assertThat(equal.get()).isEqualTo(rounds);
      }
    }
  }

  /** Inverts frames; each pass waits for a permit, so that a test decides when it ends. */
  private static final class GatedRestorer extends StandInRestorer {
    final Semaphore gate = new Semaphore(0);
    final BlockingQueue<String> entered = new LinkedBlockingQueue<>();
    final List<String> passes = new ArrayList<>();
    volatile UnaryOperator<RgbImage> operation = FakeRestorer::inverted;

    GatedRestorer() {
      super("gated");
    }

    void awaitPass() throws InterruptedException {
      String unused = entered.poll(60, TimeUnit.SECONDS);
      assertThat(unused).isNotNull();
    }

    @Override
    public List<RgbImage> restore(List<RgbImage> frames) {
      String pass = frames.get(0).width() + "x" + frames.size();
      entered.add(pass);
      passes.add(pass);
      gate.acquireUninterruptibly();
      List<RgbImage> restored = new ArrayList<>();
      for (RgbImage frame : frames) {
        restored.add(operation.apply(frame));
      }
      return restored;
    }
  }

  /**
   * Otherwise every stream thread, and then close(), would wait for ever for a thread that is gone.
   */
  @Test
  void shouldWakeEveryFrameWhenTheThreadOfThePassesItselfDies() throws Exception {
    RuntimeException deadly =
        new RuntimeException() {
          private static final long serialVersionUID = 1L;

          @Override
          public String getMessage() {
            throw new OutOfMemoryError("while the failure was described");
          }
        };
    Restorer failing =
        new FakeRestorer(
            frame -> {
              throw deadly;
            });
    try (MicroBatcher batcher = new MicroBatcher(failing, 1, FOREVER)) {
      batcher.start();
      CompletableFuture<Restoration> frame = submit(batcher, frame(4, 1));

      assertThatThrownBy(frame::get).hasRootCauseInstanceOf(OutOfMemoryError.class);
      assertThatThrownBy(() -> restore(batcher, frame(4, 2)))
          .isInstanceOf(BatcherClosedException.class);
    }
  }
}
