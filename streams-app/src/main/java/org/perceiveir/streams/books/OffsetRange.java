package org.perceiveir.streams.books;

/**
 * Offsets {@code from} (inclusive) to {@code to} (exclusive) of one input partition.
 *
 * @param partition the partition
 * @param from first offset
 * @param to offset after the last
 */
public record OffsetRange(int partition, long from, long to) {

  /** How many offsets these are. */
  public long length() {
    return to - from;
  }

  /** For a user, with the last offset named as such: {@code partition 0, offsets 17 to 19}. */
  public String describe() {
    return "partition "
        + partition
        + (length() == 1 ? ", offset " + from : ", offsets " + from + " to " + (to - 1));
  }
}
