package org.perceiveir.streams.books;

/**
 * The books of an application as its audit last saw them, over JMX: {@code
 * org.perceiveir:type=Books,application=ID}. All counts are input records.
 *
 * <p>Alert on {@code Missing > 0}, {@code Doubled > 0}, and on {@code LastAuditEpochMs} that stands
 * still.
 */
public interface BooksMXBean {
  /** Committed input records; those that the topic held when the audit began, and later ones. */
  long getReceived();

  /** Frames restored. */
  long getRestored();

  /** Frames written with their pixels unchanged. */
  long getPassedThrough();

  /** Frames given up under load. */
  long getShed();

  /** Records dead-lettered. */
  long getDeadLettered();

  /**
   * Records without an outcome that are not committed yet. Where they are many, the markers of a
   * publisher's transactions are among them.
   */
  long getInFlight();

  /** Records without an outcome although they are committed. */
  long getMissing();

  /** Telemetry records beyond the first of an input record. */
  long getDoubled();

  /** Whether nothing is missing and nothing doubled. */
  boolean isBalanced();

  /** When the last audit ended, in milliseconds since 1970; 0 before the first. */
  long getLastAuditEpochMs();

  /** Audits that failed, for instance in an outage of the broker. */
  long getFailures();
}
