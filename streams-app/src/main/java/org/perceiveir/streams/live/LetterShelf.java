package org.perceiveir.streams.live;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Samples of dead letters: the newest {@value #MOST}, of one source at most {@value #OF_ONE}, so
 * that one broken camera does not push the others out. Not thread-safe.
 */
final class LetterShelf {
  static final int MOST = 12;
  static final int OF_ONE = 4;

  /** A flood of poison is counted, not looked at. */
  private static final long INTERVAL_MS = 250;

  private final Deque<LetterSample> samples = new ArrayDeque<>();
  private long takenMs = Long.MIN_VALUE;

  /** Whether a sample is due. */
  boolean take(long nowMs) {
    if (takenMs != Long.MIN_VALUE && nowMs >= takenMs && nowMs - takenMs < INTERVAL_MS) {
      return false;
    }
    takenMs = nowMs;
    return true;
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
