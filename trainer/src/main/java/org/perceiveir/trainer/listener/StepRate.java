package org.perceiveir.trainer.listener;

import java.util.ArrayDeque;

/** Steps a second over the last hundred steps. */
final class StepRate {
  private static final int WINDOW = 100;

  private final ArrayDeque<Long> times = new ArrayDeque<>();

  /** Takes the time of a further step, in nanoseconds; 0 after the first one. */
  double after(long nanoTime) {
    times.addLast(nanoTime);
    if (times.size() > WINDOW + 1) {
      times.removeFirst();
    }
    long elapsed = nanoTime - times.peekFirst();
    return elapsed <= 0 ? 0 : (times.size() - 1) * 1e9 / elapsed;
  }
}
