package org.perceiveir.capture;

import java.util.Optional;

/**
 * Frames, one after the other. One thread calls {@link #next} and {@link #close}; {@link #cancel}
 * is for any.
 */
public interface FrameSource extends AutoCloseable {

  /** Opens a source anew, for another round or another connection. */
  @FunctionalInterface
  interface Opening {
    /**
     * Opens it.
     *
     * @throws CaptureException if it cannot be opened
     */
    FrameSource open() throws CaptureException;
  }

  /**
   * Waits for the next frame.
   *
   * @return the frame; empty at the end of the stream, or once this is cancelled
   * @throws CaptureException if the stream breaks off or cannot be decoded
   */
  Optional<CapturedFrame> next() throws CaptureException;

  /** Lets a {@link #next} that waits, and all that follow, end soon. */
  void cancel();

  /** Frees the source. */
  @Override
  void close();
}
