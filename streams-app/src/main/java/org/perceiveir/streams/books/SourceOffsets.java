package org.perceiveir.streams.books;

/**
 * Consecutive offsets of one partition that hold records of one source.
 *
 * @param source the source
 * @param offsets where its records are
 */
public record SourceOffsets(String source, OffsetRange offsets) {

  /** For a user. */
  public String describe() {
    return offsets.describe() + " (source " + source + ")";
  }
}
