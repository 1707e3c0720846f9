package org.perceiveir.cli.page;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The events that wait for one browser.
 *
 * <p>Bounded: a browser that does not keep up loses the oldest events, the demo never waits for it.
 */
final class EventStream {
  private static final int CAPACITY = 64;

  private final Deque<byte[]> waiting = new ArrayDeque<>();
  private boolean ended;

  /** The bytes of one server-sent event; {@code json} must be free of line breaks. */
  static byte[] event(String name, String json) {
    return ("event: " + name + "\ndata: " + json + "\n\n").getBytes(StandardCharsets.UTF_8);
  }

  synchronized void offer(byte[] event) {
    if (waiting.size() == CAPACITY) {
      waiting.removeFirst();
    }
    waiting.addLast(event);
    notifyAll();
  }

  /** No event follows; those that wait are still delivered. */
  synchronized void end() {
    ended = true;
    notifyAll();
  }

  synchronized boolean isFinished() {
    return ended && waiting.isEmpty();
  }

  /** The next event, or null if none came within the time or none will come. */
  synchronized byte @Nullable [] next(long timeoutMillis) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    while (waiting.isEmpty() && !ended) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        return null;
      }
      wait(left);
    }
    return waiting.pollFirst();
  }
}
