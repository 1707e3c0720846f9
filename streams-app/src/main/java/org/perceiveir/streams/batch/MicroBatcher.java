package org.perceiveir.streams.batch;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.session.Restorer;

/**
 * Lets several stream threads share passes of the network.
 *
 * <p><u>How it works.</u> A stream thread hands in one frame and blocks until that frame is
 * restored, so a frame is never in flight when its thread commits: nothing can be lost or doubled,
 * whatever kills or rebalances the service. One thread of the batcher takes the oldest frame and
 * those of equal size behind it and runs one pass. A pass begins as soon as
 *
 * <ul>
 *   <li>the batch is full, or
 *   <li>every member thread has a frame waiting, so that no more can come, or
 *   <li>the oldest frame has waited for the longest delay.
 * </ul>
 *
 * <p><u>What it costs.</u> A batch holds at most as many frames as there are stream threads.
 *
 * <p><u>Fairness.</u> The oldest frame decides the size of the batch. A thread has at most one
 * frame waiting, so with T threads a frame waits for at most 2T - 2 others.
 *
 * <p><u>Errors.</u> If a pass over several frames throws, each frame gets a pass of its own, so
 * that one bad frame does not take the others with it. An {@link Error} goes to every frame of the
 * pass as it is, and an {@link IllegalStateException} (a closed restorer) as {@link
 * BatcherClosedException}: these are no fault of any frame.
 *
 * <pre>
 *   CREATED --start()--> RUNNING --close()--> CLOSING --pass ended--> CLOSED
 *      |                                                                ^
 *      +--------------------------close()-------------------------------+
 * </pre>
 */
public final class MicroBatcher implements AutoCloseable {

  /** Where a batcher is in its life. */
  public enum State {
    /** No thread yet; frames are refused. */
    CREATED,
    /** Takes frames. */
    RUNNING,
    /** Refuses frames and has woken those that waited; a pass may still run. */
    CLOSING,
    /** The last pass has ended; the restorer is no longer used. */
    CLOSED;

    /** The states that may follow this one. */
    public Set<State> next() {
      return switch (this) {
        case CREATED -> EnumSet.of(RUNNING, CLOSED);
        case RUNNING -> EnumSet.of(CLOSING);
        case CLOSING -> EnumSet.of(CLOSED);
        case CLOSED -> EnumSet.noneOf(State.class);
      };
    }
  }

  /** One thread's claim that it may hand in frames; to be closed by the same owner. */
  public interface Membership extends AutoCloseable {
    @Override
    void close();
  }

  private final Restorer restorer;
  private final int maxSize;
  private final long maxDelayNanos;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<Waiting> queue = new ArrayDeque<>();
  private final Map<Thread, Integer> members = new HashMap<>();
  private final Thread worker;
  private State state = State.CREATED;

  /**
   * A batcher that is yet to be started.
   *
   * @param restorer runs the passes; not closed by the batcher
   * @param maxSize most frames in a pass, at least 1
   * @param maxDelay how long the oldest frame waits for others, at least zero
   */
  public MicroBatcher(Restorer restorer, int maxSize, Duration maxDelay) {
    if (maxSize < 1) {
      throw new IllegalArgumentException("batch size " + maxSize + ": must be at least 1");
    }
    if (maxDelay.isNegative()) {
      throw new IllegalArgumentException("batch delay " + maxDelay + ": must not be negative");
    }
    this.restorer = restorer;
    this.maxSize = maxSize;
    this.maxDelayNanos = maxDelay.toNanos();
    this.worker = new Thread(this::work, "perceive-batcher");
    this.worker.setDaemon(true);
  }

  /** Starts the thread that runs the passes. */
  public void start() {
    lock.lock();
    try {
      enter(State.RUNNING);
      worker.start();
    } finally {
      lock.unlock();
    }
  }

  /** Where the batcher is in its life. */
  public State state() {
    lock.lock();
    try {
      return state;
    } finally {
      lock.unlock();
    }
  }

  /** The restorer that runs the passes. */
  public Restorer restorer() {
    return restorer;
  }

  /** Counts the calling thread among those that hand in frames, once for each call. */
  public Membership join() {
    Thread thread = Thread.currentThread();
    lock.lock();
    try {
      members.merge(thread, 1, Integer::sum);
    } finally {
      lock.unlock();
    }
    return new Member(thread);
  }

  private final class Member implements Membership {
    private final Thread thread;
    private boolean open = true;

    Member(Thread thread) {
      this.thread = thread;
    }

    @Override
    public void close() {
      lock.lock();
      try {
        if (open) {
          open = false;
          members.computeIfPresent(thread, (t, count) -> count == 1 ? null : count - 1);
          changed.signalAll();
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /** Frames that wait for a pass. */
  public int waiting() {
    lock.lock();
    try {
      return queue.size();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Restores one frame; blocks until its pass has ended.
   *
   * @throws RestorationFailedException if the network cannot restore this frame
   * @throws BatcherClosedException if the batcher is not running, or is closed before the pass
   * @throws Error as the pass threw it
   */
  public Restoration restore(RgbImage frame) throws RestorationFailedException {
    Waiting waiting = new Waiting(frame, System.nanoTime());
    lock.lock();
    try {
      if (state != State.RUNNING) {
        throw new BatcherClosedException("the batcher takes no frames, it is " + state);
      }
      queue.addLast(waiting);
      changed.signalAll();
      while (!waiting.ended()) {
        changed.await();
      }
    } catch (InterruptedException e) {
      queue.remove(waiting);
      Thread.currentThread().interrupt();
      throw new BatcherClosedException("interrupted while a frame waited for its pass");
    } finally {
      lock.unlock();
    }
    return waiting.result();
  }

  /**
   * Refuses further frames, wakes those that wait with {@link BatcherClosedException}, and waits
   * for the pass that runs. Idempotent.
   */
  @Override
  public void close() {
    lock.lock();
    try {
      if (state == State.CREATED) {
        enter(State.CLOSED);
      } else if (state == State.RUNNING) {
        enter(State.CLOSING);
        for (Waiting waiting : queue) {
          waiting.failure = new BatcherClosedException("the batcher was closed");
        }
        queue.clear();
      }
      changed.signalAll();
      while (state != State.CLOSED) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  private void enter(State next) {
    if (!state.next().contains(next)) {
      throw new IllegalStateException("a batcher cannot go from " + state + " to " + next);
    }
    state = next;
  }

  private void work() {
    List<Waiting> batch = List.of();
    Throwable cause = null;
    try {
      batch = take();
      while (!batch.isEmpty()) {
        run(batch);
        signalAll();
        batch = take();
      }
    } catch (RuntimeException | Error e) {
      // A full heap can strike outside of a pass too; frames must not wait for a thread that is
      // gone.
      cause = e;
    } finally {
      closeAfter(batch, cause);
    }
  }

  private void signalAll() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The worker's last act, whatever ended it: nobody waits for it any more. */
  private void closeAfter(List<Waiting> batch, @Nullable Throwable cause) {
    lock.lock();
    try {
      state = State.CLOSED;
      BatcherClosedException ended =
          cause == null
              ? new BatcherClosedException("the batcher was closed")
              : new BatcherClosedException("the batcher's thread has ended: " + cause, cause);
      for (Waiting waiting : batch) {
        if (!waiting.ended()) {
          waiting.failure = ended;
        }
      }
      queue.forEach(waiting -> waiting.failure = ended);
      queue.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the next batch; empty when the batcher has been closed. */
  private List<Waiting> take() {
    lock.lock();
    try {
      while (state == State.RUNNING && !due()) {
        Waiting oldest = queue.peekFirst();
        if (oldest == null) {
          changed.awaitUninterruptibly();
        } else {
          awaitDelayOf(oldest);
        }
      }
      if (state != State.RUNNING) {
        return List.of();
      }
      return removeOldestAndItsEquals();
    } finally {
      lock.unlock();
    }
  }

  @SuppressWarnings("WaitNotInLoop") // take() is the loop: it looks at the queue anew each time
  private void awaitDelayOf(Waiting oldest) {
    try {
      long left = maxDelayNanos - (System.nanoTime() - oldest.sinceNanos);
      long unused = changed.awaitNanos(left);
    } catch (InterruptedException e) {
      // Nobody but the JVM's end has a reason to interrupt this thread; the loop goes on.
      Thread.currentThread().interrupt();
    }
  }

  private boolean due() {
    Waiting oldest = queue.peekFirst();
    if (oldest == null) {
      return false;
    }
    if (queue.size() >= members.size() || System.nanoTime() - oldest.sinceNanos >= maxDelayNanos) {
      return true;
    }
    return queue.stream().filter(oldest::sameSize).limit(maxSize).count() == maxSize;
  }

  private List<Waiting> removeOldestAndItsEquals() {
    Waiting oldest = queue.getFirst();
    List<Waiting> batch = new ArrayList<>();
    for (Iterator<Waiting> all = queue.iterator(); all.hasNext() && batch.size() < maxSize; ) {
      Waiting candidate = all.next();
      if (oldest.sameSize(candidate)) {
        batch.add(candidate);
        all.remove();
      }
    }
    return batch;
  }

  private void run(List<Waiting> batch) {
    long start = System.nanoTime();
    try {
      List<RgbImage> images = restorer.restore(batch.stream().map(w -> w.frame).toList());
      if (images.size() != batch.size()) {
        throw new IllegalStateException(
            "the restorer returned " + images.size() + " frames for " + batch.size());
      }
      long inferNanos = System.nanoTime() - start;
      for (int i = 0; i < batch.size(); i++) {
        Waiting waiting = batch.get(i);
        end(
            waiting,
            new Restoration(images.get(i), batch.size(), start - waiting.sinceNanos, inferNanos),
            null);
      }
    } catch (IllegalStateException e) {
      BatcherClosedException unusable =
          new BatcherClosedException("the restorer cannot be used: " + e.getMessage(), e);
      batch.forEach(waiting -> end(waiting, null, unusable));
    } catch (RuntimeException e) {
      if (batch.size() == 1) {
        Waiting only = batch.get(0);
        end(
            only,
            null,
            new RestorationFailedException(
                "the network failed on a frame of "
                    + only.frame.width()
                    + "x"
                    + only.frame.height()
                    + ": "
                    + e,
                e));
      } else {
        batch.forEach(waiting -> run(List.of(waiting)));
      }
    } catch (Error e) {
      batch.forEach(waiting -> end(waiting, null, e));
    }
  }

  private void end(Waiting waiting, @Nullable Restoration restored, @Nullable Throwable failure) {
    lock.lock();
    try {
      waiting.restored = restored;
      waiting.failure = failure;
    } finally {
      lock.unlock();
    }
  }

  /** A frame and, later, what became of it; guarded by the lock. */
  private static final class Waiting {
    final RgbImage frame;
    final long sinceNanos;
    @Nullable Restoration restored;
    @Nullable Throwable failure;

    Waiting(RgbImage frame, long sinceNanos) {
      this.frame = frame;
      this.sinceNanos = sinceNanos;
    }

    boolean sameSize(Waiting other) {
      return frame.width() == other.frame.width() && frame.height() == other.frame.height();
    }

    boolean ended() {
      return restored != null || failure != null;
    }

    Restoration result() throws RestorationFailedException {
      if (restored != null) {
        return restored;
      }
      if (failure instanceof RestorationFailedException e) {
        throw e;
      }
      if (failure instanceof BatcherClosedException e) {
        throw e;
      }
      if (failure instanceof Error e) {
        throw e;
      }
      throw new IllegalStateException("a frame ended without a result", failure);
    }
  }
}
