package org.perceiveir.streams.topology;

/**
 * Sees every attempt of this instance once its outcome is written.
 *
 * <p>Called by the stream threads, after the records of the outcome were forwarded and before their
 * transaction commits: an attempt whose transaction aborts is seen too, and its frame again later.
 * An implementation must be thread-safe and return at once; it must not wait, throw, or keep what
 * it is given beyond a bound of its own, since the frame's share of memory is free when it returns.
 */
@FunctionalInterface
public interface FrameListener {
  /** Looks at nothing. */
  FrameListener NONE = frame -> {};

  /** Called with what has ended. */
  void ended(EndedFrame frame);
}
