package org.perceiveir.streams.books;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.perceiveir.schemas.avro.FrameOutcome;

/**
 * Telemetry by input partition and offset. Not thread-safe.
 *
 * <p><u>Size.</u> One bit for each input record from the first one without an outcome on; what lies
 * before it needs none, so a ledger that is open for months stays as small as the backlog. Counts
 * are kept for {@value #MAX_SOURCES} sources; further ones share the name {@value #OTHERS}, since a
 * stranger may name as many as he likes.
 *
 * <p>Entries before the first offset of a partition are left out: those records are no longer in
 * the input topic, so there is nothing to compare them with.
 */
final class Ledger {
  /** Sources with counts of their own. */
  static final int MAX_SOURCES = 10_000;

  /** Offsets of doubled records that are kept for each partition. */
  static final int MAX_LISTED = 10_000;

  /** Records without an outcome whose source is kept, for each partition. */
  static final int MAX_FOUND = 100_000;

  /** Name for the sources beyond {@link #MAX_SOURCES}. */
  static final String OTHERS = "(other sources)";

  /** Offsets that far from the first gap are nobody's: 32 MiB of bits. */
  private static final int MAX_AHEAD = 1 << 28;

  private static final int SLIDE = 1 << 16;

  /**
   * One input partition at the moment of a balance.
   *
   * @param end offset after its last record
   * @param committed offset up to which the service has committed, as far as all telemetry before
   *     that commit has been read
   */
  record Progress(long end, long committed) {}

  private final Map<Integer, Page> pages = new TreeMap<>();
  private final Map<String, Map<Integer, Account>> accounts = new HashMap<>();

  /** The offsets of one partition. */
  private static final class Page {
    /** Offsets before it no longer count. */
    private long first;

    /** Every offset from {@code first} to here has an outcome or no record. */
    private long base;

    private BitSet entered = new BitSet();
    private final NavigableMap<Long, String> found = new TreeMap<>();
    private final NavigableMap<Long, Twice> doubled = new TreeMap<>();
    private final List<OffsetRange> expired = new ArrayList<>();

    Page(long first) {
      this.first = first;
      this.base = first;
    }

    boolean has(long offset) {
      return offset < base || entered.get(Math.toIntExact(offset - base));
    }

    /** Takes an offset from {@code base} on, not {@link #MAX_AHEAD} away. */
    void enter(long offset) {
      entered.set(Math.toIntExact(offset - base));
      found.remove(offset);
      if (offset - base > SLIDE) {
        slide(entered.nextClearBit(0));
      }
    }

    void slide(int by) {
      if (by >= SLIDE) {
        entered = entered.get(by, Math.max(by, entered.length()));
        base += by;
      }
    }
  }

  /** Telemetry records beyond the first. */
  private record Twice(String source, long count) {}

  /** The counts of one source in one partition. */
  private static final class Account {
    private final Map<FrameOutcome, Long> outcomes = new EnumMap<>(FrameOutcome.class);
    private long doubled;

    long count(FrameOutcome outcome) {
      return outcomes.getOrDefault(outcome, 0L);
    }

    Books books() {
      long all = outcomes.values().stream().mapToLong(Long::longValue).sum();
      return new Books(
          all,
          count(FrameOutcome.RESTORED),
          count(FrameOutcome.PASSED_THROUGH),
          count(FrameOutcome.SHED),
          count(FrameOutcome.DEAD_LETTERED),
          0,
          0,
          doubled);
    }
  }

  /**
   * An empty ledger.
   *
   * @param firstOffsets the first offset that counts, for each input partition
   */
  Ledger(Map<Integer, Long> firstOffsets) {
    firstOffsets.forEach((partition, first) -> pages.put(partition, new Page(first)));
  }

  /** Enters one telemetry record. */
  void enter(int partition, long offset, String source, FrameOutcome outcome) {
    Page page = pages.get(partition);
    if (page == null || offset < page.first || offset - page.base >= MAX_AHEAD) {
      return;
    }
    Account account = account(source, partition);
    if (page.has(offset)) {
      account.doubled++;
      if (page.doubled.size() < MAX_LISTED || page.doubled.containsKey(offset)) {
        page.doubled.merge(
            offset, new Twice(source, 1), (a, b) -> new Twice(a.source(), a.count() + b.count()));
      }
    } else {
      page.enter(offset);
      account.outcomes.merge(outcome, 1L, Long::sum);
    }
  }

  private Account account(String source, int partition) {
    String name = accounts.size() < MAX_SOURCES || accounts.containsKey(source) ? source : OTHERS;
    return accounts
        .computeIfAbsent(name, s -> new TreeMap<>())
        .computeIfAbsent(partition, p -> new Account());
  }

  /** Enters offsets that hold no record (markers, aborted records) or count no more. */
  void enterNothing(OffsetRange range) {
    Page page = pages.get(range.partition());
    if (page != null) {
      for (long offset = Math.max(range.from(), page.base); offset < range.to(); offset++) {
        if (offset - page.base < MAX_AHEAD) {
          page.enter(offset);
        }
      }
    }
  }

  /**
   * Remembers the source of a record that has no outcome.
   *
   * @return false if the ledger is full
   */
  boolean find(int partition, long offset, String source) {
    Page page = pages.get(partition);
    if (page == null || page.found.size() >= MAX_FOUND) {
      return false;
    }
    if (offset >= page.base && offset - page.base < MAX_AHEAD && !page.has(offset)) {
      page.found.put(offset, source);
    }
    return true;
  }

  /** Leaves out what the input topic no longer holds; tells once what had no outcome by then. */
  void forgetBefore(int partition, long first) {
    Page page = pages.get(partition);
    if (page == null || first <= page.first) {
      return;
    }
    gaps(partition, page.first, first).forEach(gap -> addMerged(page.expired, gap));
    page.first = first;
    page.found.headMap(first).clear();
    for (Twice twice : page.doubled.headMap(first).values()) {
      account(twice.source(), partition).doubled -= twice.count();
    }
    page.doubled.headMap(first).clear();
    if (first > page.base) {
      int by = Math.toIntExact(Math.min(Integer.MAX_VALUE, first - page.base));
      page.entered = page.entered.get(Math.min(by, page.entered.length()), page.entered.length());
      page.base = first;
    }
  }

  /** Adds a range, joined to the last one where it goes on. */
  static void addMerged(List<OffsetRange> to, OffsetRange range) {
    int last = to.size() - 1;
    if (last >= 0
        && to.get(last).partition() == range.partition()
        && to.get(last).to() == range.from()) {
      to.set(last, new OffsetRange(range.partition(), to.get(last).from(), range.to()));
    } else {
      to.add(range);
    }
  }

  /** Offsets that left the input topic without an outcome. */
  List<OffsetRange> expired() {
    List<OffsetRange> all = new ArrayList<>();
    pages.values().forEach(page -> all.addAll(page.expired));
    return all;
  }

  /** Records with an outcome. */
  long accounted() {
    return books().received();
  }

  /** Telemetry records beyond the first of an input record. */
  long doubled() {
    return books().doubled();
  }

  /** Records with one outcome. */
  long count(FrameOutcome outcome) {
    return accounts.values().stream()
        .flatMap(byPartition -> byPartition.values().stream())
        .mapToLong(account -> account.count(outcome))
        .sum();
  }

  /** What has an outcome. */
  Books books() {
    Books all = Books.NONE;
    for (BookStatement.Line line : lines()) {
      all = all.plus(line.books());
    }
    return all;
  }

  /** The same for each source and partition. */
  List<BookStatement.Line> lines() {
    List<BookStatement.Line> lines = new ArrayList<>();
    accounts.forEach(
        (source, byPartition) ->
            byPartition.forEach(
                (partition, account) ->
                    lines.add(new BookStatement.Line(source, partition, account.books()))));
    lines.sort(
        Comparator.comparing(BookStatement.Line::source)
            .thenComparing(BookStatement.Line::partition));
    return lines;
  }

  /** Offsets of the records that have more than one telemetry record. */
  List<SourceOffsets> doubledOffsets() {
    List<SourceOffsets> all = new ArrayList<>();
    pages.forEach(
        (partition, page) ->
            page.doubled.forEach(
                (offset, twice) -> BookStatement.add(all, twice.source(), partition, offset)));
    return all;
  }

  /** The sources of records without an outcome, by their offset, as far as they were found. */
  NavigableMap<Long, String> found(OffsetRange range) {
    Page page = pages.get(range.partition());
    return page == null
        ? new TreeMap<>()
        : page.found.subMap(range.from(), true, range.to(), false);
  }

  /** Offsets without an outcome below what the service has committed. */
  List<OffsetRange> unaccountedBelowCommit(Map<Integer, Progress> progress) {
    List<OffsetRange> ranges = new ArrayList<>();
    progress.forEach(
        (partition, at) -> ranges.addAll(gaps(partition, 0, Math.min(at.committed(), at.end()))));
    return ranges;
  }

  /** Offsets without an outcome from what the service has committed on. */
  List<OffsetRange> unaccountedAfterCommit(Map<Integer, Progress> progress) {
    List<OffsetRange> ranges = new ArrayList<>();
    progress.forEach((partition, at) -> ranges.addAll(gaps(partition, at.committed(), at.end())));
    return ranges;
  }

  private List<OffsetRange> gaps(int partition, long from, long to) {
    List<OffsetRange> gaps = new ArrayList<>();
    Page page = pages.get(partition);
    if (page == null) {
      return gaps;
    }
    long at = Math.max(from, page.base);
    while (at < to) {
      if (at - page.base >= MAX_AHEAD) {
        gaps.add(new OffsetRange(partition, at, to));
        break;
      }
      long gap = page.base + page.entered.nextClearBit(Math.toIntExact(at - page.base));
      if (gap >= to) {
        break;
      }
      int next = page.entered.nextSetBit(Math.toIntExact(gap - page.base));
      long gapEnd = next < 0 ? to : Math.min(to, page.base + next);
      gaps.add(new OffsetRange(partition, gap, gapEnd));
      at = gapEnd;
    }
    return gaps;
  }
}
