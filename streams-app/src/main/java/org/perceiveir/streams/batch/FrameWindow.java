package org.perceiveir.streams.batch;

import java.util.HashSet;
import java.util.Set;

/**
 * How many frames, and how many bytes of them, may wait in this process at a time, and what each
 * task may have of that. Thread-safe.
 *
 * <p>A task that has none may always take one, so none can be locked out; the others share evenly.
 * Where a single task has frames, it has the whole window to itself. With P tasks at most {@code
 * maxFrames + P} frames and {@code maxBytes} + P frames' bytes are held.
 */
public final class FrameWindow {
  private final int maxFrames;
  private final long maxBytes;
  private final Set<Share> active = new HashSet<>();
  private int frames;
  private long bytes;

  /**
   * An empty window.
   *
   * @param maxFrames frames for which there is room, at least 1
   * @param maxBytes bytes for which there is room
   */
  public FrameWindow(int maxFrames, long maxBytes) {
    if (maxFrames < 1) {
      throw new IllegalArgumentException("a window of " + maxFrames + " frames: at least 1");
    }
    this.maxFrames = maxFrames;
    this.maxBytes = maxBytes;
  }

  /** The share of one task. */
  public Share open() {
    return new Share();
  }

  /** Frames that all tasks hold. */
  public synchronized int frames() {
    return frames;
  }

  /** One task's part of the window. */
  public final class Share implements AutoCloseable {
    private int ownFrames;
    private long ownBytes;

    private Share() {}

    /** Takes a place. */
    public void add(long frameBytes) {
      synchronized (FrameWindow.this) {
        ownFrames++;
        ownBytes += frameBytes;
        frames++;
        bytes += frameBytes;
        active.add(this);
      }
    }

    /** Gives a place back. */
    public void remove(long frameBytes) {
      synchronized (FrameWindow.this) {
        ownFrames--;
        ownBytes -= frameBytes;
        frames--;
        bytes -= frameBytes;
        if (ownFrames == 0) {
          active.remove(this);
        }
      }
    }

    /** Whether this task may read one more frame now. */
    public boolean hasRoom() {
      synchronized (FrameWindow.this) {
        if (ownFrames == 0) {
          return true;
        }
        int even = (maxFrames + active.size() - 1) / active.size();
        return frames < maxFrames && bytes < maxBytes && ownFrames < even;
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
        active.remove(this);
      }
    }
  }
}
