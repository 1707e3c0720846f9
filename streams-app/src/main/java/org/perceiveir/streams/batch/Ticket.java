package org.perceiveir.streams.batch;

import org.jspecify.annotations.Nullable;

/** A frame that was handed in and, later, what became of it. Ends exactly once. */
public final class Ticket {
  private final FrameRequest request;
  private final MicroBatcher.Membership member;
  private final long sinceNanos;
  private final long turn;
  private volatile @Nullable PassOutcome outcome;
  private volatile @Nullable Throwable fatal;

  Ticket(FrameRequest request, MicroBatcher.Membership member, long sinceNanos, long turn) {
    this.request = request;
    this.member = member;
    this.sinceNanos = sinceNanos;
    this.turn = turn;
  }

  /** What was handed in. */
  public FrameRequest request() {
    return request;
  }

  MicroBatcher.Membership member() {
    return member;
  }

  long sinceNanos() {
    return sinceNanos;
  }

  /** Place in the round of the sources; lower goes first. */
  long turn() {
    return turn;
  }

  void end(PassOutcome how) {
    if (!hasEnded()) {
      outcome = how;
    }
  }

  void endFatally(Throwable cause) {
    if (!hasEnded()) {
      fatal = cause;
    }
  }

  /** Whether {@link #outcome()} answers without waiting. */
  public boolean hasEnded() {
    return outcome != null || fatal != null;
  }

  /**
   * What became of the frame.
   *
   * @throws BatcherClosedException if the batcher was closed before, or its restorer cannot be
   *     used: no fault of the frame
   * @throws Error as the pass threw it
   * @throws IllegalStateException if it has not ended
   */
  public PassOutcome outcome() {
    PassOutcome ended = outcome;
    if (ended != null) {
      return ended;
    }
    Throwable thrown = fatal;
    if (thrown instanceof Error e) {
      throw e;
    }
    if (thrown instanceof BatcherClosedException e) {
      throw e;
    }
    throw new IllegalStateException("the frame has not had its pass", thrown);
  }
}
