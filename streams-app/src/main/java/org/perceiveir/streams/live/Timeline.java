package org.perceiveir.streams.live;

import java.util.ArrayDeque;
import java.util.Deque;
import org.perceiveir.schemas.avro.FrameOutcome;

/**
 * Counts of the last {@value #SECONDS} s, second by second. Not thread-safe.
 *
 * <p>Ten columns: restored, passed through, shed, dead-lettered; tiers before (terrible, mediocre,
 * excellent); tiers after.
 */
final class Timeline {
  static final int SECONDS = 60;
  static final int COLUMNS = 10;

  /** The first of the columns of the tiers before. */
  static final int BEFORE = 4;

  /** The first of the columns of the tiers after. */
  static final int AFTER = 7;

  /** The column of an outcome, which is its place in every list of outcomes of the page. */
  static int column(FrameOutcome outcome) {
    return switch (outcome) {
      case RESTORED -> 0;
      case PASSED_THROUGH -> 1;
      case SHED -> 2;
      case DEAD_LETTERED -> 3;
    };
  }

  private final Deque<Second> seconds = new ArrayDeque<>();

  private static final class Second {
    final long second;
    final int[] counts = new int[COLUMNS];

    Second(long second) {
      this.second = second;
    }
  }

  /**
   * Counts one in a column. A thread that comes a moment late counts into the newest second; after
   * a clock that was set back the counts begin anew.
   */
  void count(long second, int column) {
    Second last = seconds.peekLast();
    if (last != null && last.second > second + 1) {
      seconds.clear();
      last = null;
    }
    if (last == null || last.second < second) {
      last = new Second(second);
      seconds.addLast(last);
      while (seconds.size() > SECONDS) {
        seconds.removeFirst();
      }
    }
    last.counts[column]++;
  }

  /** The seconds up to {@code now}, oldest first: {@value #SECONDS} rows of ten counts, a copy. */
  int[][] until(long now) {
    int[][] rows = new int[SECONDS][COLUMNS];
    for (Second each : seconds) {
      long row = SECONDS - 1 - (now - each.second);
      if (row >= 0 && row < SECONDS) {
        rows[(int) row] = each.counts.clone();
      }
    }
    return rows;
  }

  /**
   * Frames a second over the last {@code span} whole seconds before {@code now}; a source that is
   * younger is measured over its age.
   */
  double framesPerSecond(long now, int span) {
    Second first = seconds.peekFirst();
    if (first == null) {
      return 0;
    }
    long from = Math.max(now - span, first.second);
    long frames = 0;
    for (Second each : seconds) {
      if (each.second >= from && each.second < now) {
        for (int column = 0; column < BEFORE; column++) {
          frames += each.counts[column];
        }
      }
    }
    return from >= now ? 0 : (double) frames / (now - from);
  }
}
