package org.perceiveir.capture;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * A camera that is connected to again when it breaks off; each connection is a segment.
 *
 * <p>The first connection is the caller's: a wrong address fails at once instead of being tried for
 * minutes.
 */
public final class Reconnecting implements FrameSource {
  private final Opening opening;
  private final BackOff backOff;
  private final Consumer<String> notes;
  private final RandomGenerator random = RandomGenerator.getDefault();
  private final CountDownLatch cancelled = new CountDownLatch(1);
  private volatile FrameSource source;
  private int segment;
  private boolean closed;

  private Reconnecting(
      FrameSource source, Opening opening, BackOff backOff, Consumer<String> notes) {
    this.source = source;
    this.opening = opening;
    this.backOff = backOff;
    this.notes = notes;
  }

  /**
   * Connects for the first time.
   *
   * @param opening connects
   * @param backOff when to try again after a connection broke off
   * @param notes told in a line each when it broke off and when it is there again
   * @throws CaptureException if the first connection fails
   */
  public static Reconnecting open(Opening opening, BackOff backOff, Consumer<String> notes)
      throws CaptureException {
    return new Reconnecting(opening.open(), opening, backOff, notes);
  }

  @Override
  public Optional<CapturedFrame> next() throws CaptureException {
    int attempt = 0;
    long since = System.nanoTime();
    while (true) {
      try {
        if (closed && !isCancelled()) {
          source = opening.open();
          closed = false;
          segment++;
          if (isCancelled()) {
            return Optional.empty();
          }
        }
        Optional<CapturedFrame> frame = isCancelled() ? Optional.empty() : source.next();
        if (attempt > 0 && frame.isPresent()) {
          notes.accept("frames come again");
        }
        return frame.map(f -> f.numbered(segment, f.index()));
      } catch (CaptureException e) {
        closeSource();
        if (isCancelled()) {
          return Optional.empty();
        }
        Duration wait = backOff.wait(attempt, random);
        Duration out = Duration.ofNanos(System.nanoTime() - since);
        if (out.plus(wait).compareTo(backOff.giveUpAfter()) > 0) {
          throw new CaptureException(
              e.getMessage() + "; given up after " + seconds(out), e.remedy(), e);
        }
        notes.accept(e.getMessage() + "; connecting again in " + seconds(wait));
        attempt++;
        if (waited(wait)) {
          return Optional.empty();
        }
      }
    }
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1e3);
  }

  private boolean isCancelled() {
    return cancelled.getCount() == 0;
  }

  /** Waits; returns true when cancelled. */
  private boolean waited(Duration wait) throws CaptureException {
    try {
      return cancelled.await(wait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CaptureException("interrupted while connecting again", "run it again", e);
    }
  }

  private void closeSource() {
    if (!closed) {
      closed = true;
      source.close();
    }
  }

  @Override
  public void cancel() {
    cancelled.countDown();
    source.cancel();
  }

  @Override
  public void close() {
    closeSource();
  }
}
