package org.perceiveir.streams.live;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Pictures that wait to be made. Bounded by the bytes that they hold and in their number: what
 * finds no room is dropped, nobody waits. Thread-safe.
 */
final class Press {
  /** Small pictures of many sources must not be old when their turn comes. */
  private static final int MOST = 64;

  private final long room;
  private final BlockingQueue<Job> waiting = new ArrayBlockingQueue<>(MOST);
  private final AtomicLong held = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();

  private record Job(long bytes, Runnable work) {}

  /** With room for {@code bytes}. */
  Press(long bytes) {
    this.room = bytes;
  }

  /** The bytes that all jobs together may hold. */
  long room() {
    return room;
  }

  /**
   * Takes a job, or drops it where there is no room for it.
   *
   * @param bytes what it holds until it is done
   * @return whether it was taken
   */
  boolean offer(long bytes, Runnable work) {
    if (held.addAndGet(bytes) > room || !waiting.offer(new Job(bytes, work))) {
      held.addAndGet(-bytes);
      dropped.incrementAndGet();
      return false;
    }
    return true;
  }

  /** Lets go of what waits. */
  void clear() {
    waiting.clear();
  }

  /** Does one job; waits for it for at most {@code millis}. */
  void workFor(long millis) throws InterruptedException {
    Job job = next(millis);
    if (job != null) {
      try {
        job.work.run();
      } finally {
        held.addAndGet(-job.bytes);
      }
    }
  }

  private @Nullable Job next(long millis) throws InterruptedException {
    return waiting.poll(millis, TimeUnit.MILLISECONDS);
  }

  /** Jobs that found no room. */
  long dropped() {
    return dropped.get();
  }
}
