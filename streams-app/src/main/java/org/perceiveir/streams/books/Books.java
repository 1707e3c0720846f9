package org.perceiveir.streams.books;

/**
 * The books at one moment: what went in against what is known of it, all committed.
 *
 * @param received input records
 * @param restored frames restored
 * @param passedThrough frames written with their pixels unchanged
 * @param shed frames given up under load
 * @param deadLettered records dead-lettered
 * @param inFlight records without an outcome that the service has not committed yet, and offsets
 *     without an outcome of which nothing more is known yet
 * @param missing records without an outcome although the service has committed them: lost
 * @param doubled telemetry records beyond the first of an input record
 */
public record Books(
    long received,
    long restored,
    long passedThrough,
    long shed,
    long deadLettered,
    long inFlight,
    long missing,
    long doubled) {

  /** Books without a record. */
  public static final Books NONE = new Books(0, 0, 0, 0, 0, 0, 0, 0);

  /** The books of both together. */
  public Books plus(Books other) {
    return new Books(
        received + other.received,
        restored + other.restored,
        passedThrough + other.passedThrough,
        shed + other.shed,
        deadLettered + other.deadLettered,
        inFlight + other.inFlight,
        missing + other.missing,
        doubled + other.doubled);
  }

  /** Whether every record is accounted for, once. */
  public boolean balanced() {
    return missing == 0
        && doubled == 0
        && received == restored + passedThrough + shed + deadLettered + inFlight;
  }

  /** Whether they balance with nothing left to do. */
  public boolean settled() {
    return inFlight == 0 && balanced();
  }

  /** One line for a user. */
  public String summary() {
    return "received "
        + received
        + " = restored "
        + restored
        + " + passed through "
        + passedThrough
        + " + shed "
        + shed
        + " + dead-lettered "
        + deadLettered
        + " + in flight "
        + inFlight
        + (missing == 0 ? "" : " + MISSING " + missing)
        + (doubled == 0 ? "" : "; DOUBLED " + doubled);
  }
}
