package org.perceiveir.streams.batch;

/** What became of a frame that asked for a pass. */
public sealed interface PassOutcome permits Restoration, Expired, PassFailure {
  /** How long the frame waited for its pass, in nanoseconds. */
  long queueNanos();
}
