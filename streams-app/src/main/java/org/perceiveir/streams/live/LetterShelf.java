package org.perceiveir.streams.live;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Samples of dead letters: the newest {@value #MOST}, of one source at most {@value #OF_ONE}, so
 * that one broken camera does not push the others out. Not thread-safe.
 */
final class LetterShelf {
  static final int MOST = 12;
  static final int OF_ONE = 4;

  /**
   * A flood of poison is counted, not looked at; and a browser has {@value #OF_ONE} s to ask for a
   * picture that it was told of.
   */
  private static final long SOURCE_INTERVAL_MS = 1000;

  /** The same for the bad cameras of a whole site, after as many as the shelf holds. */
  private static final long INTERVAL_MS = 250;

  private static final int REMEMBERED = 64;

  private final Deque<LetterSample> samples = new ArrayDeque<>();

  /** When a sample of a source was taken last, be it still on its way to the shelf or gone. */
  private final Map<String, Long> taken =
      new LinkedHashMap<>(16, 0.75f, false) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
          return size() > REMEMBERED;
        }
      };

  private int takenInAll;
  private long takenMs = Long.MIN_VALUE;

  /** Whether a sample of a source is due; it then is taken. */
  boolean take(String source, long nowMs) {
    if (isRecent(taken.getOrDefault(source, Long.MIN_VALUE), nowMs, SOURCE_INTERVAL_MS)
        || (takenInAll >= MOST && isRecent(takenMs, nowMs, INTERVAL_MS))) {
      return false;
    }
    taken.remove(source);
    taken.put(source, nowMs);
    takenInAll++;
    takenMs = nowMs;
    return true;
  }

  /** A clock that was set back must not end the samples. */
  private static boolean isRecent(long thenMs, long nowMs, long intervalMs) {
    return thenMs != Long.MIN_VALUE && nowMs >= thenMs && nowMs - thenMs < intervalMs;
  }

  void add(LetterSample sample) {
    List<Long> same =
        samples.stream()
            .filter(each -> each.source().equals(sample.source()))
            .map(LetterSample::id)
            .toList();
    if (same.size() == OF_ONE) {
      samples.removeIf(each -> each.id() == same.get(0));
    } else if (samples.size() == MOST) {
      samples.removeFirst();
    }
    samples.addLast(sample);
  }

  @Nullable LetterSample sample(long id) {
    return samples.stream().filter(each -> each.id() == id).findFirst().orElse(null);
  }

  /** All samples, oldest first. */
  List<LetterSample> all() {
    return List.copyOf(samples);
  }
}
