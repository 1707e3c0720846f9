package org.perceiveir.streams.live;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.perceiveir.streams.http.Page;
import org.perceiveir.streams.http.Reply;

/**
 * Sends the state to browsers as server-sent events.
 *
 * <p><u>Whole states.</u> Each event is the whole state, so a browser that does not keep up skips
 * states; nothing is queued for it.
 *
 * <p><u>Short streams.</u> A stream ends after {@value #STREAM_MS} ms and the browser comes again
 * at once, by itself: the server cuts off what takes longer than 10 s, which keeps its threads from
 * slow readers. At most {@value #MOST} streams are open, each of which takes a thread of the
 * server's 24.
 */
final class Watchers implements Page {
  static final int MOST = 8;
  static final int STREAM_MS = 8_000;

  /** After this long without a stream nobody watches. */
  private static final int GONE_MS = 3_000;

  private static final int RETRY_MS = 250;

  private final Supplier<String> state;
  private final LongSupplier millis;
  private final long streamMs;

  // Changed under this, read without: stream threads ask whether somebody watches.
  private final AtomicInteger streams = new AtomicInteger();
  private volatile long lastStreamMs = Long.MIN_VALUE;

  // Guarded by this.
  private long version;
  private byte @Nullable [] latest;
  private boolean ended;

  /**
   * Without a browser.
   *
   * @param state what a browser that comes is shown at once
   * @param millis a clock that never goes back, in milliseconds
   * @param streamMs how long a stream lasts, in milliseconds
   */
  Watchers(Supplier<String> state, LongSupplier millis, long streamMs) {
    this.state = state;
    this.millis = millis;
    this.streamMs = streamMs;
  }

  /** Whether a browser watches, or did a moment ago. */
  boolean isWatched() {
    long last = lastStreamMs;
    return streams.get() > 0 || (last != Long.MIN_VALUE && millis.getAsLong() - last < GONE_MS);
  }

  /** Shows a state. */
  void show(String text) {
    byte[] made = event(text);
    synchronized (this) {
      latest = made;
      version++;
      notifyAll();
    }
  }

  private static byte[] event(String text) {
    return ("event: state\ndata: " + text + "\n\n").getBytes(UTF_8);
  }

  @Override
  public void answer(HttpExchange exchange, boolean trusted) throws IOException {
    if (!enter()) {
      Reply.text(exchange, 503, "More than " + MOST + " browsers watch already.");
      return;
    }
    try {
      exchange.getResponseHeaders().set("Content-Type", "text/event-stream; charset=utf-8");
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.sendResponseHeaders(200, -1);
        return;
      }
      exchange.sendResponseHeaders(200, 0);
      stream(exchange.getResponseBody());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      leave();
    }
  }

  private synchronized boolean enter() {
    if (ended || streams.get() == MOST) {
      return false;
    }
    streams.incrementAndGet();
    return true;
  }

  private synchronized void leave() {
    lastStreamMs = millis.getAsLong();
    streams.decrementAndGet();
    notifyAll();
  }

  private void stream(OutputStream out) throws IOException, InterruptedException {
    long end = millis.getAsLong() + streamMs;
    long seen;
    synchronized (this) {
      seen = version;
    }
    out.write(("retry: " + RETRY_MS + "\n\n").getBytes(UTF_8));
    out.write(event(state.get()));
    out.flush();
    while (true) {
      byte[] next;
      synchronized (this) {
        for (long left = end - millis.getAsLong();
            version == seen && !ended && left > 0;
            left = end - millis.getAsLong()) {
          wait(left);
        }
        next = version == seen ? null : latest;
        seen = version;
      }
      if (next == null) {
        // Its end, written whole: a cut would look like a failure.
        out.close();
        return;
      }
      out.write(next);
      out.flush();
    }
  }

  /** Ends the streams after the last state; waits for them for at most {@code patienceMs}. */
  synchronized void end(long patienceMs) {
    ended = true;
    notifyAll();
    long deadline = millis.getAsLong() + patienceMs;
    try {
      for (long left = patienceMs;
          streams.get() > 0 && left > 0;
          left = deadline - millis.getAsLong()) {
        wait(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
