package org.perceiveir.capture;

import java.time.Duration;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOInterruptCB;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Ends what FFmpeg waits for: when it takes too long, or when it is cancelled.
 *
 * <p>JavaCPP has room for few callbacks in a process, so there is one, which asks the deadline of
 * its thread: FFmpeg calls it on the thread that waits.
 */
final class Deadline {
  private static final ThreadLocal<@Nullable Deadline> OF_THREAD = new ThreadLocal<>();
  private static final AskDeadline CALLBACK = new AskDeadline();

  /** For a goodbye, whatever the patience. */
  private static final long CLOSING_NANOS = 1_500_000_000L;

  private final long patienceNanos;
  private long due;
  private boolean closing;
  private boolean passed;
  private volatile boolean cancelled;

  Deadline(Duration patience) {
    this.patienceNanos = patience.toNanos();
  }

  /** Lets a context ask. */
  static void watch(AVFormatContext context) {
    context.interrupt_callback().callback(CALLBACK);
  }

  /** The calling thread has as much time again. */
  void begin() {
    due = System.nanoTime() + patienceNanos;
    passed = false;
    OF_THREAD.set(this);
  }

  /** The calling thread has a moment to say goodbye, even when this is cancelled. */
  void beginClosing() {
    begin();
    due = System.nanoTime() + Math.min(patienceNanos, CLOSING_NANOS);
    closing = true;
  }

  /** Whether the time of the calling thread is over. */
  boolean isOver() {
    passed = passed || System.nanoTime() - due > 0;
    return passed || (cancelled && !closing);
  }

  /** The calling thread waits for nothing any more. */
  void end() {
    closing = false;
    OF_THREAD.remove();
  }

  /** From any thread. */
  void cancel() {
    cancelled = true;
  }

  boolean isCancelled() {
    return cancelled;
  }

  /** Whether the time ran out since {@link #begin}. */
  boolean isPassed() {
    return passed;
  }

  /** Called from native code. */
  private static final class AskDeadline extends AVIOInterruptCB.Callback_Pointer {
    @Override
    public int call(@Nullable Pointer opaque) {
      Deadline deadline = OF_THREAD.get();
      return deadline != null && deadline.isOver() ? 1 : 0;
    }
  }
}
