package org.perceiveir.capture;

import java.util.ArrayDeque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a camera on a thread of its own and keeps its newest frames: who takes them slower than
 * they come misses some, instead of falling behind further and further. What is missed shows as a
 * gap in the index.
 */
public final class NewestFrames implements FrameSource {
  private static final long CLOSE_MS = 15_000;

  private final FrameSource source;
  private final int most;
  private final ArrayDeque<CapturedFrame> frames = new ArrayDeque<>();
  private final Thread thread = new Thread(this::read, "capture");
  private @Nullable Throwable failure;
  private boolean ended;
  private long dropped;

  private NewestFrames(FrameSource source, int most) {
    this.source = source;
    this.most = most;
  }

  /**
   * Begins to read a source, which is closed with this.
   *
   * @param most frames that are kept, at least 1
   */
  public static NewestFrames of(FrameSource source, int most) {
    if (most < 1) {
      throw new IllegalArgumentException("frames to keep are " + most + ": at least 1 is needed");
    }
    NewestFrames newest = new NewestFrames(source, most);
    newest.thread.setDaemon(true);
    newest.thread.start();
    return newest;
  }

  private void read() {
    Throwable thrown = null;
    try {
      Optional<CapturedFrame> frame = source.next();
      while (frame.isPresent()) {
        add(frame.get());
        frame = source.next();
      }
    } catch (CaptureException | RuntimeException | Error e) {
      thrown = e;
    } finally {
      source.close();
    }
    synchronized (this) {
      if (!ended) {
        failure = thrown;
      }
      ended = true;
      notifyAll();
    }
  }

  private synchronized void add(CapturedFrame frame) {
    if (ended) {
      // Cancelled while it was read: who was told that there is no more must not get one.
      return;
    }
    if (frames.size() == most) {
      frames.remove();
      dropped++;
    }
    frames.add(frame);
    notifyAll();
  }

  /** How many frames nobody took in time. */
  public synchronized long dropped() {
    return dropped;
  }

  @Override
  public synchronized Optional<CapturedFrame> next() throws CaptureException {
    while (frames.isEmpty() && !ended) {
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CaptureException("interrupted while waiting for a frame", "run it again", e);
      }
    }
    if (!frames.isEmpty()) {
      return Optional.of(frames.remove());
    }
    Throwable thrown = failure;
    if (thrown instanceof CaptureException e) {
      throw e;
    }
    if (thrown != null) {
      throw new IllegalStateException("reading the camera failed", thrown);
    }
    return Optional.empty();
  }

  @Override
  public void cancel() {
    source.cancel();
    synchronized (this) {
      // Who waits need not wait for a source that hangs.
      ended = true;
      notifyAll();
    }
  }

  /** Ends the thread, which closes the source. */
  @Override
  public void close() {
    source.cancel();
    try {
      thread.join(CLOSE_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
