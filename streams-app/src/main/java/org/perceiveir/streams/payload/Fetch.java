package org.perceiveir.streams.payload;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The time that one payload may take, and how to end what does not keep to it. Thread-safe. */
final class Fetch {
  private final long deadlineNanos;
  private @Nullable Runnable abort;
  private boolean cancelled;

  /**
   * A fetch that begins now.
   *
   * @param timeoutNanos how long it may take
   */
  Fetch(long timeoutNanos) {
    deadlineNanos = System.nanoTime() + timeoutNanos;
  }

  /** Milliseconds that are left, at least 0. */
  long leftMs() {
    return Math.max(0, TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime()));
  }

  /**
   * Says how to end what comes next: called at once where the time is over already.
   *
   * @param next ends it from another thread
   */
  void onCancel(Runnable next) {
    boolean late;
    synchronized (this) {
      abort = next;
      late = cancelled;
    }
    if (late) {
      next.run();
    }
  }

  /** Ends whatever runs. */
  void cancel() {
    Runnable running;
    synchronized (this) {
      cancelled = true;
      running = abort;
    }
    if (running != null) {
      running.run();
    }
  }
}
