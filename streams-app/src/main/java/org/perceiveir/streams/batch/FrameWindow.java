package org.perceiveir.streams.batch;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How many frames, and how many bytes of them, may wait in this process at a time, and what each
 * task may have of that. Thread-safe.
 *
 * <p><u>Shares.</u> A task that has none may always take one, so none can be locked out; the others
 * share evenly. Where a single task has frames, it has the whole window to itself. With P tasks at
 * most {@code maxFrames + P} frames and {@code maxBytes} + P frames' bytes are held.
 *
 * <p><u>Priorities.</u> The highest priority that came within the horizon is the top one. While
 * there is one, frames below it have half of the window at most, and {@link Share#admits} tells
 * when that is full: they are to be shed, since a thread that waited for their room could not read
 * the frames that matter more. Frames of the top priority are always admitted, and waited for.
 */
public final class FrameWindow {
  private final int maxFrames;
  private final long maxBytes;
  private final long horizonNanos;
  private final Set<Share> active = new HashSet<>();
  private int frames;
  private long bytes;
  private int top = Integer.MIN_VALUE;
  private long topSeenNanos;

  /**
   * An empty window.
   *
   * @param maxFrames frames for which there is room, at least 1
   * @param maxBytes bytes for which there is room
   * @param horizon for how long a priority that has come counts as on its way
   */
  public FrameWindow(int maxFrames, long maxBytes, Duration horizon) {
    if (maxFrames < 1) {
      throw new IllegalArgumentException("a window of " + maxFrames + " frames: at least 1");
    }
    this.maxFrames = maxFrames;
    this.maxBytes = maxBytes;
    this.horizonNanos = horizon.toNanos();
  }

  /** The share of one task. */
  public Share open() {
    return new Share();
  }

  /** Frames that all tasks hold. */
  public synchronized int frames() {
    return frames;
  }

  /** Bytes that all tasks hold. */
  public synchronized long bytes() {
    return bytes;
  }

  /** Frames for which there is room. */
  public int maxFrames() {
    return maxFrames;
  }

  /** Bytes for which there is room. */
  public long maxBytes() {
    return maxBytes;
  }

  /** One task's part of the window. */
  public final class Share implements AutoCloseable {
    private final Map<Integer, Integer> byPriority = new HashMap<>();
    private int ownFrames;
    private long ownBytes;
    private @Nullable Thread user;

    private Share() {}

    /** Counted anew each time: what the top priority is may have changed since a frame came. */
    private int ownTop() {
      return byPriority.entrySet().stream()
          .filter(e -> e.getKey() >= top)
          .mapToInt(Map.Entry::getValue)
          .sum();
    }

    /** Whether no task of the calling thread holds a frame. */
    public boolean threadIsIdle() {
      synchronized (FrameWindow.this) {
        Thread caller = Thread.currentThread();
        return active.stream().noneMatch(share -> share.user == caller);
      }
    }

    /**
     * Whether there is room for a frame of this priority; false only below the top priority. Notes
     * that the priority has come.
     */
    public boolean admits(int priority) {
      synchronized (FrameWindow.this) {
        long now = System.nanoTime();
        if (top == Integer.MIN_VALUE || priority >= top || now - topSeenNanos > horizonNanos) {
          top = priority;
          topSeenNanos = now;
          return true;
        }
        int half = maxFrames / 2;
        int below = frames - active.stream().mapToInt(Share::ownTop).sum();
        return ownFrames == 0
            || (below < half
                && frames < maxFrames
                && bytes < maxBytes
                && ownFrames < even(half, active.size()));
      }
    }

    /** Takes a place. */
    public void add(long frameBytes, int priority) {
      synchronized (FrameWindow.this) {
        user = Thread.currentThread();
        ownFrames++;
        ownBytes += frameBytes;
        frames++;
        bytes += frameBytes;
        active.add(this);
        byPriority.merge(priority, 1, Integer::sum);
      }
    }

    /** Gives a place back. */
    public void remove(long frameBytes, int priority) {
      synchronized (FrameWindow.this) {
        ownFrames--;
        ownBytes -= frameBytes;
        frames--;
        bytes -= frameBytes;
        byPriority.computeIfPresent(priority, (p, count) -> count == 1 ? null : count - 1);
        if (ownFrames == 0) {
          active.remove(this);
        }
      }
    }

    /** Whether this task may read one more frame now, be it of the top priority. */
    public boolean hasRoom() {
      synchronized (FrameWindow.this) {
        if (ownFrames == 0) {
          return true;
        }
        int sharing = (int) active.stream().filter(share -> share.ownTop() > 0).count();
        return frames < maxFrames && bytes < maxBytes && ownTop() < even(maxFrames, sharing);
      }
    }

    /** Gives back all places. */
    @Override
    public void close() {
      synchronized (FrameWindow.this) {
        frames -= ownFrames;
        bytes -= ownBytes;
        ownFrames = 0;
        ownBytes = 0;
        byPriority.clear();
        active.remove(this);
      }
    }
  }

  private static int even(int all, int shares) {
    return (all + shares - 1) / Math.max(1, shares);
  }
}
