package org.perceiveir.streams.batch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.streams.pass.FramePass;
import org.perceiveir.streams.pass.ModelIdentity;
import org.perceiveir.streams.pass.NetworkFailedException;
import org.perceiveir.streams.pass.PassedFrame;

/**
 * Lets all stream threads share the passes of one network.
 *
 * <p><u>How it works.</u> A stream thread joins, hands in frames and gets a {@link Ticket} for
 * each. It may read on, or block until its tickets have ended ({@link Membership#await}). One
 * thread of the batcher takes the frame that is first in {@link PassOrder} and, in that order,
 * those of equal size, and runs one pass. A pass begins as soon as
 *
 * <ul>
 *   <li>the batch is full, or
 *   <li>every member thread is blocked, so that no more can come, or
 *   <li>the oldest frame has waited for the longest delay.
 * </ul>
 *
 * <p><u>Age.</u> A frame whose deadline has passed when its pass would begin ends as {@link
 * Expired} and never reaches the network. {@link #expectedWaitNanos} tells beforehand how long a
 * frame would wait, from the measured time of the passes, so that a hopeless one need not be
 * decoded.
 *
 * <p><u>Errors.</u> If a pass over several frames throws, each frame gets a pass of its own, so
 * that one bad frame does not take the others with it. An {@link Error} ends every frame of the
 * pass as it is, and an {@link IllegalStateException} (a closed restorer) as {@link
 * BatcherClosedException}: these are no fault of any frame.
 *
 * <p><u>A device that hangs.</u> A pass cannot be interrupted. A thread that has been blocked for
 * longer than {@code stallLimit} gets a {@link BatcherClosedException}; {@link #close} then gives
 * up after the same time.
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
    /** Refuses frames and has ended those that waited; a pass may still run. */
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

  /** Weight of the newest pass in the measured time of its size. */
  private static final double NEWEST = 0.2;

  private final FramePass pass;
  private final int maxSize;
  private final long maxDelayNanos;
  private final long patienceNanos;
  private final long stallNanos;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<Ticket> queue = new ArrayList<>();
  private final Set<Membership> members = new LinkedHashSet<>();
  private final PassOrder order = new PassOrder();
  private final Thread worker;
  private State state = State.CREATED;

  /** Measured time of a pass by its number of frames; 0 where there was none yet. */
  private final double[] passNanos;

  private int largestPass;
  private boolean stalled;
  private int running;
  private long runningSinceNanos;

  /**
   * A batcher that is yet to be started.
   *
   * @param pass what is done with a batch
   * @param maxSize most frames in a pass, at least 1
   * @param maxDelay how long the oldest frame waits for others, at least zero
   * @param patience after how long a blocked thread goes before any priority
   * @param stallLimit after how long a blocked thread gives the device up
   */
  public MicroBatcher(
      FramePass pass, int maxSize, Duration maxDelay, Duration patience, Duration stallLimit) {
    if (maxSize < 1) {
      throw new IllegalArgumentException("batch size " + maxSize + ": must be at least 1");
    }
    if (maxDelay.isNegative()) {
      throw new IllegalArgumentException("batch delay " + maxDelay + ": must not be negative");
    }
    this.pass = pass;
    this.maxSize = maxSize;
    this.passNanos = new double[maxSize + 1];
    this.maxDelayNanos = maxDelay.toNanos();
    this.patienceNanos = patience.toNanos();
    this.stallNanos = stallLimit.toNanos();
    this.worker = new Thread(this::work, "perceive-batcher");
    this.worker.setDaemon(true);
  }

  /**
   * As above, with every frame through one network.
   *
   * @param restorer runs the passes; not closed by the batcher
   */
  public MicroBatcher(
      Restorer restorer, int maxSize, Duration maxDelay, Duration patience, Duration stallLimit) {
    this(FramePass.through(restorer), maxSize, maxDelay, patience, stallLimit);
  }

  /** As above, for frames without priorities and a device that answers within a minute. */
  public MicroBatcher(Restorer restorer, int maxSize, Duration maxDelay) {
    this(restorer, maxSize, maxDelay, Duration.ofDays(1), Duration.ofMinutes(1));
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

  /** The network that restores frames now; telemetry of a frame names the one that did. */
  public ModelIdentity model() {
    return pass.model();
  }

  /** Counts one more thread, or one more task of a thread, among those that hand in frames. */
  public Membership join() {
    Membership member = new Membership(this);
    lock.lock();
    try {
      members.add(member);
    } finally {
      lock.unlock();
    }
    return member;
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
   * How long a frame that is handed in now would wait for its pass to begin, in nanoseconds: what
   * is left of the pass that runs, and the full passes ahead. A size that has not run yet counts as
   * the largest that has: too little rather than too much, since a frame that is let in too late
   * expires all the same. 0 before the first pass has ended.
   *
   * @param priority of the frame; only frames of at least this priority are ahead of it
   */
  public long expectedWaitNanos(int priority) {
    lock.lock();
    try {
      long ahead = queue.stream().filter(t -> t.request().priority() >= priority).count();
      long passesAhead = ahead / maxSize;
      double left =
          running == 0
              ? 0
              : Math.max(0, expected(running) - (System.nanoTime() - runningSinceNanos));
      return (long) (left + passesAhead * expected(maxSize));
    } finally {
      lock.unlock();
    }
  }

  private double expected(int frames) {
    return passNanos[frames] > 0 ? passNanos[frames] : passNanos[largestPass];
  }

  /**
   * One task's claim that its thread may hand in frames; to be closed by the same owner. Used by
   * one thread.
   */
  public static final class Membership implements AutoCloseable {
    private final MicroBatcher batcher;

    /** Who uses it; a task may be opened by another thread than the one that runs it. */
    private Thread thread = Thread.currentThread();

    /** Since when the thread has handed nothing in because it waits; over several waits. */
    private long waitingSinceNanos;

    private boolean hasWaited;
    private boolean blocked;

    Membership(MicroBatcher batcher) {
      this.batcher = batcher;
    }

    /**
     * Hands a frame in.
     *
     * @throws BatcherClosedException if the batcher is not running
     */
    public Ticket submit(FrameRequest request) {
      return batcher.submit(this, request);
    }

    /**
     * Blocks until the condition holds; it is looked at again after each pass.
     *
     * @throws BatcherClosedException if the thread is interrupted, or the device stalls
     */
    public void await(BooleanSupplier condition) {
      batcher.await(this, condition);
    }

    /** Takes a frame back that waits for its pass; of no effect on one that has its pass. */
    public void withdraw(Ticket ticket) {
      batcher.withdraw(ticket);
    }

    boolean isBlocked() {
      return blocked;
    }

    /** How long the thread has handed nothing in because it waits; negative if it reads on. */
    long waitedFor(long nowNanos) {
      return hasWaited ? Math.max(0, nowNanos - waitingSinceNanos) : -1;
    }

    @Override
    public void close() {
      batcher.leave(this);
    }
  }

  private void leave(Membership member) {
    lock.lock();
    try {
      if (members.remove(member)) {
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private Ticket submit(Membership member, FrameRequest request) {
    lock.lock();
    try {
      if (state != State.RUNNING) {
        throw new BatcherClosedException("the batcher takes no frames, it is " + state);
      }
      member.thread = Thread.currentThread();
      members.stream().filter(m -> m.thread == member.thread).forEach(m -> m.hasWaited = false);
      Ticket ticket = new Ticket(request, member, System.nanoTime(), order.next(request.source()));
      queue.add(ticket);
      changed.signalAll();
      return ticket;
    } finally {
      lock.unlock();
    }
  }

  private void await(Membership member, BooleanSupplier condition) {
    lock.lock();
    try {
      member.thread = Thread.currentThread();
      long begin = System.nanoTime();
      // A thread with several tasks has several members; while it waits here, none of them comes.
      setBlocked(member.thread, begin);
      changed.signalAll();
      while (!condition.getAsBoolean()) {
        long left = stalled ? 0 : stallNanos - (System.nanoTime() - begin);
        if (left <= 0) {
          // The other tasks of the thread, which close after this, need not find out again.
          stalled = true;
          throw new BatcherClosedException(
              "the device "
                  + model().device()
                  + " has not finished what waits for it within "
                  + TimeUnit.NANOSECONDS.toMillis(stallNanos)
                  + " ms; it hangs, or is far slower than it was at the start");
        }
        long unused = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BatcherClosedException("interrupted while a frame waited for its pass");
    } finally {
      members.stream().filter(m -> m.thread == member.thread).forEach(m -> m.blocked = false);
      lock.unlock();
    }
  }

  /** A drain is one wait, however often the thread wakes to write what is ready. */
  private void setBlocked(Thread thread, long nowNanos) {
    for (Membership member : members) {
      if (member.thread == thread) {
        member.blocked = true;
        if (!member.hasWaited) {
          member.hasWaited = true;
          member.waitingSinceNanos = nowNanos;
        }
      }
    }
  }

  private void withdraw(Ticket ticket) {
    lock.lock();
    try {
      if (queue.remove(ticket)) {
        forgetIfGone(ticket.request().source());
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private void forgetIfGone(String source) {
    if (queue.stream().noneMatch(t -> t.request().source().equals(source))) {
      order.forget(source);
    }
  }

  /**
   * Refuses further frames, ends those that wait with {@link BatcherClosedException}, and waits for
   * the pass that runs. Idempotent.
   */
  @Override
  public void close() {
    boolean unused = closeWithinStallLimit();
  }

  /**
   * As {@link #close}.
   *
   * @return whether the pass has ended; if not, the restorer is still in use
   */
  public boolean closeWithinStallLimit() {
    lock.lock();
    try {
      if (state == State.CREATED) {
        enter(State.CLOSED);
      } else if (state == State.RUNNING) {
        enter(State.CLOSING);
        BatcherClosedException closed = new BatcherClosedException("the batcher was closed");
        queue.forEach(ticket -> ticket.endFatally(closed));
        queue.clear();
      }
      changed.signalAll();
      long begin = System.nanoTime();
      while (state != State.CLOSED) {
        long left = stallNanos - (System.nanoTime() - begin);
        if (left <= 0) {
          return false;
        }
        long unused = changed.awaitNanos(left);
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return state == State.CLOSED;
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
    List<Ticket> batch = List.of();
    Throwable cause = null;
    try {
      batch = take();
      while (!batch.isEmpty()) {
        run(batch, runningSinceNanos);
        passEnded(batch.size());
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

  private void passEnded(int frames) {
    lock.lock();
    try {
      double measured = System.nanoTime() - runningSinceNanos;
      double before = passNanos[frames];
      passNanos[frames] = before == 0 ? measured : before + NEWEST * (measured - before);
      largestPass = Math.max(largestPass, frames);
      stalled = false;
      running = 0;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The worker's last act, whatever ended it: nobody waits for it any more. */
  private void closeAfter(List<Ticket> batch, @Nullable Throwable cause) {
    lock.lock();
    try {
      state = State.CLOSED;
      BatcherClosedException ended =
          cause == null
              ? new BatcherClosedException("the batcher was closed")
              : new BatcherClosedException("the batcher's thread has ended: " + cause, cause);
      batch.forEach(ticket -> ticket.endFatally(ended));
      queue.forEach(ticket -> ticket.endFatally(ended));
      queue.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the next batch; empty when the batcher has been closed. */
  private List<Ticket> take() {
    lock.lock();
    try {
      while (true) {
        while (state == State.RUNNING && !due()) {
          if (queue.isEmpty()) {
            changed.awaitUninterruptibly();
          } else {
            awaitDelayOf(oldest());
          }
        }
        if (state != State.RUNNING) {
          return List.of();
        }
        // The moment in which ages are looked at is the one in which the pass begins.
        long now = System.nanoTime();
        List<Ticket> batch = removeBatch(now);
        if (!batch.isEmpty()) {
          running = batch.size();
          runningSinceNanos = now;
          return batch;
        }
        // All of them were too old; their threads are to know.
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** The queue is in order of arrival. */
  private Ticket oldest() {
    return queue.get(0);
  }

  @SuppressWarnings("WaitNotInLoop") // take() is the loop: it looks at the queue anew each time
  private void awaitDelayOf(Ticket oldest) {
    try {
      long left = maxDelayNanos - (System.nanoTime() - oldest.sinceNanos());
      long unused = changed.awaitNanos(left);
    } catch (InterruptedException e) {
      // Nobody but the JVM's end has a reason to interrupt this thread; the loop goes on.
      Thread.currentThread().interrupt();
    }
  }

  private boolean due() {
    if (queue.isEmpty()) {
      return false;
    }
    if (members.stream().allMatch(Membership::isBlocked)
        || System.nanoTime() - oldest().sinceNanos() >= maxDelayNanos) {
      return true;
    }
    FrameRequest first = first(System.nanoTime()).request();
    return queue.stream().filter(t -> first.sameSize(t.request())).limit(maxSize).count()
        == maxSize;
  }

  private Ticket first(long now) {
    return queue.stream().min(PassOrder.at(now, patienceNanos)).orElseThrow();
  }

  private List<Ticket> removeBatch(long now) {
    List<Ticket> inOrder = new ArrayList<>(queue);
    inOrder.sort(PassOrder.at(now, patienceNanos));
    List<Ticket> batch = new ArrayList<>();
    for (Ticket candidate : inOrder) {
      if (candidate.request().expiredAt(now)) {
        candidate.end(new Expired(now, now - candidate.sinceNanos()));
        queue.remove(candidate);
        forgetIfGone(candidate.request().source());
      } else if (batch.size() < maxSize
          && (batch.isEmpty() || batch.get(0).request().sameSize(candidate.request()))) {
        batch.add(candidate);
        queue.remove(candidate);
        order.served(candidate);
        forgetIfGone(candidate.request().source());
      }
    }
    return batch;
  }

  private void run(List<Ticket> batch, long start) {
    try {
      List<PassedFrame> passed = pass.run(batch.stream().map(t -> t.request().image()).toList());
      if (passed.size() != batch.size()) {
        throw new IllegalStateException(
            "the restorer returned " + passed.size() + " frames for " + batch.size());
      }
      for (int i = 0; i < batch.size(); i++) {
        Ticket ticket = batch.get(i);
        ticket.end(
            new Restoration(
                passed.get(i),
                batch.size(),
                start,
                start - ticket.sinceNanos(),
                Objects.requireNonNullElse(passed.get(i).inferNanos(), 0L)));
      }
    } catch (IllegalStateException e) {
      BatcherClosedException unusable =
          new BatcherClosedException("the restorer cannot be used: " + e.getMessage(), e);
      batch.forEach(ticket -> ticket.endFatally(unusable));
    } catch (RuntimeException e) {
      if (batch.size() == 1) {
        batch.get(0).end(failure(batch.get(0), start, e));
      } else {
        batch.forEach(this::runAlone);
      }
    } catch (Error e) {
      batch.forEach(ticket -> ticket.endFatally(e));
    }
  }

  private void runAlone(Ticket ticket) {
    long now = System.nanoTime();
    if (ticket.request().expiredAt(now)) {
      ticket.end(new Expired(now, now - ticket.sinceNanos()));
    } else {
      run(List.of(ticket), now);
    }
  }

  private static PassFailure failure(Ticket ticket, long start, RuntimeException thrown) {
    RuntimeException e = thrown instanceof NetworkFailedException n ? n.failure() : thrown;
    return new PassFailure(
        "the network failed on a frame of "
            + ticket.request().image().width()
            + "x"
            + ticket.request().image().height()
            + ": "
            + e,
        e,
        thrown instanceof NetworkFailedException n ? n.model() : null,
        start - ticket.sinceNanos());
  }
}
