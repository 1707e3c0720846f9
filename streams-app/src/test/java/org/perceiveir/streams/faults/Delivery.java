package org.perceiveir.streams.faults;

/**
 * What became of the records of one round, all of it read as committed.
 *
 * @param in input records
 * @param restored of them with a restored frame, at least one
 * @param deadLettered with a dead letter
 * @param shed with telemetry that says so
 * @param lost with none of these
 * @param duplicated restored frames and dead letters beyond the first of a record
 * @param reordered restored frames behind a later one of their source; repetitions do not count
 * @param mixedUp restored frames with the pixels of another frame
 * @param strangers restored frames, dead letters and telemetry of records that are not in the input
 * @param untold records without telemetry
 * @param toldTwice telemetry beyond the first of a record
 * @param contradicted records whose telemetry says something else than the outputs
 * @param aborted restored frames of transactions that were aborted, which readers of committed
 *     records do not see
 * @param settled whether everything was committed when it was counted
 */
record Delivery(
    int in,
    int restored,
    int deadLettered,
    int shed,
    int lost,
    int duplicated,
    int reordered,
    int mixedUp,
    int strangers,
    int untold,
    int toldTwice,
    int contradicted,
    long aborted,
    boolean settled) {

  /** Every record once, in order, with its own pixels and one telemetry record. */
  boolean isExactlyOnce() {
    return isComplete() && duplicated == 0 && toldTwice == 0;
  }

  /** The same once repetitions are left out by the identity of frames and of input records. */
  boolean isComplete() {
    return settled
        && lost == 0
        && reordered == 0
        && mixedUp == 0
        && strangers == 0
        && untold == 0
        && contradicted == 0;
  }
}
