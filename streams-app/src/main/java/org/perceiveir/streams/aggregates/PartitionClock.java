package org.perceiveir.streams.aggregates;

import java.util.function.LongUnaryOperator;

/**
 * What time it is in one partition of the telemetry, in milliseconds since 1970.
 *
 * <p><u>Stream time</u> is that of the newest record. It stands still where nothing comes, so the
 * clock on the wall drives it on: it says how long nothing has come, never what time it is. So a
 * worker whose clock is wrong judges as any other, and one that reads a backlog judges by the times
 * of the backlog. Nothing has come only where the partition is known to hold nothing unread: what
 * is slow to be read after a restart would be late otherwise.
 *
 * <p>A pause shorter than {@code idle} is a commit of the restoration that has not come yet; after
 * a longer one windows end without a newer record.
 */
final class PartitionClock {
  private static final long NEVER = Long.MIN_VALUE;

  private final long idleMs;
  private LongUnaryOperator emptyUntilMs = wallMs -> wallMs;
  private long streamMs = NEVER;
  private long beganWallMs;
  private long movedWallMs;

  PartitionClock(long idleMs) {
    this.idleMs = idleMs;
  }

  /**
   * Begins to look.
   *
   * @param wallMs the time on the wall
   * @param lastMs the newest record that is known from before, or none if negative
   * @param emptyUntil gives for the time now when the partition last held nothing unread
   */
  void begin(long wallMs, long lastMs, LongUnaryOperator emptyUntil) {
    emptyUntilMs = emptyUntil;
    beganWallMs = wallMs;
    movedWallMs = wallMs;
    streamMs = lastMs < 0 ? NEVER : lastMs;
  }

  /** Takes the time of a record. */
  void record(long timeMs, long wallMs) {
    streamMs = Math.max(streamMs, timeMs);
    movedWallMs = wallMs;
  }

  /** Whether there ever was a record. */
  boolean runs() {
    return streamMs != NEVER;
  }

  /** The time by which windows end. */
  long windowMs(long wallMs) {
    return idleFor(wallMs) >= idleMs ? nowMs(wallMs) : streamMs;
  }

  /** The time now. */
  long nowMs(long wallMs) {
    return streamMs + idleFor(wallMs);
  }

  /** How long one has been looking: what was silent before may only not have been looked at. */
  long lookedForMs(long wallMs) {
    return since(beganWallMs, wallMs);
  }

  private long idleFor(long wallMs) {
    return since(movedWallMs, wallMs);
  }

  private long since(long thenMs, long wallMs) {
    return Math.max(0, emptyUntilMs.applyAsLong(wallMs) - thenMs);
  }
}
