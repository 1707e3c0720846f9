package org.perceiveir.streams.log;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;

/**
 * Loud at first, quiet after: of each kind of warning the 1st, the 10th, the 100th and so on are
 * told, each with how many there were. A bad camera or an outage must not flood the log. Thread-
 * safe.
 *
 * <p>Kinds are few and known beforehand: a reason, never something that a producer chooses. What
 * happened may hold text of a producer; it cannot begin a line of its own or move the cursor.
 */
public final class LoudAtFirst {
  private static final int LONGEST = 1_000;

  private final Map<String, AtomicLong> counts = new ConcurrentHashMap<>();

  /** Without a warning so far. */
  public LoudAtFirst() {}

  /**
   * Counts a warning, and tells it if it is one of the loud ones. The parts are fields of a
   * structured log.
   *
   * @param log whose warning it is
   * @param kind what is counted
   * @param where the place, for instance topic, partition and offset
   * @param why what happened there, and what to do
   */
  public void warn(Logger log, String kind, String where, String why) {
    long count = counts.computeIfAbsent(kind, k -> new AtomicLong()).incrementAndGet();
    if (isLoud(count)) {
      log.atWarn()
          .addKeyValue("kind", kind)
          .addKeyValue("place", where)
          .addKeyValue("count", count)
          .log(
              "{}, {}: {} ({} so far)",
              kind,
              PlainText.of(where, LONGEST),
              PlainText.of(why, LONGEST),
              count);
    }
  }

  /** Whether the {@code count}-th of a kind is told: 1, 10, 100 and so on. */
  public static boolean isLoud(long count) {
    long rest = count;
    while (rest >= 10 && rest % 10 == 0) {
      rest /= 10;
    }
    return rest == 1;
  }
}
