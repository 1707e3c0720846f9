package org.perceiveir.streams.books;

import java.util.ArrayList;
import java.util.List;

/**
 * The books in full: each source in each partition, and every offset that is wrong or unknown.
 *
 * @param total all of it
 * @param lines one for each source and partition, in that order
 * @param missing records that the service has committed and that have no telemetry
 * @param doubled records that have more than one telemetry record; the first {@value
 *     Ledger#MAX_LISTED} of each partition
 * @param notRead offsets without telemetry that there was no time to look at: they may hold records
 *     of any source, or none; {@code total} counts them as in flight
 * @param expired offsets that left the input topic before there was telemetry of them
 * @param telemetryExpired offsets whose telemetry may have been deleted, so that nothing can be
 *     said of them; no number counts them
 * @param complete whether all telemetry of the committed offsets could be read; if not, what is
 *     missing since the last complete reading counts as in flight
 */
public record BookStatement(
    Books total,
    List<Line> lines,
    List<SourceOffsets> missing,
    List<SourceOffsets> doubled,
    List<OffsetRange> notRead,
    List<OffsetRange> expired,
    List<OffsetRange> telemetryExpired,
    boolean complete) {

  /**
   * The books of one source in one partition.
   *
   * @param source the source: of the frame where it could be read, else the record's key, else
   *     {@code unknown}
   * @param partition the input partition
   * @param books its numbers
   */
  public record Line(String source, int partition, Books books) {}

  /** A statement of what was read. */
  public BookStatement {
    lines = List.copyOf(lines);
    missing = List.copyOf(missing);
    doubled = List.copyOf(doubled);
    notRead = List.copyOf(notRead);
    expired = List.copyOf(expired);
    telemetryExpired = List.copyOf(telemetryExpired);
  }

  /**
   * The part that concerns one source. What was not read or has expired stays: it may be the
   * source's.
   */
  public BookStatement of(String source) {
    List<Line> kept = lines.stream().filter(line -> line.source().equals(source)).toList();
    return new BookStatement(
        kept.stream().map(Line::books).reduce(Books.NONE, Books::plus),
        kept,
        missing.stream().filter(m -> m.source().equals(source)).toList(),
        doubled.stream().filter(d -> d.source().equals(source)).toList(),
        notRead,
        expired,
        telemetryExpired,
        complete);
  }

  /** Whether it says of every committed record what became of it. */
  public boolean conclusive() {
    return complete && notRead.isEmpty();
  }

  /** Adds an offset, which must not be before those that are there. */
  static void add(List<SourceOffsets> to, String source, int partition, long offset) {
    int last = to.size() - 1;
    if (last >= 0) {
      OffsetRange before = to.get(last).offsets();
      if (before.partition() == partition
          && before.to() == offset
          && to.get(last).source().equals(source)) {
        to.set(
            last, new SourceOffsets(source, new OffsetRange(partition, before.from(), offset + 1)));
        return;
      }
    }
    to.add(new SourceOffsets(source, new OffsetRange(partition, offset, offset + 1)));
  }

  /** How many offsets there are in some ranges. */
  static long length(List<OffsetRange> ranges) {
    return ranges.stream().mapToLong(OffsetRange::length).sum();
  }

  static <T> List<T> joined(List<T> first, List<T> second) {
    List<T> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }
}
