package org.perceiveir.cli.bench;

import java.util.List;
import org.perceiveir.streams.config.FrameSize;

/**
 * What {@code ./perceive bench model} measures.
 *
 * @param sizes of the frames
 * @param batches frames in a pass
 * @param threads that share one operation, {@code intraOpThreads} of the session
 * @param rounds how often each formulation is timed, in turn
 * @param device {@code auto}, {@code cpu} or {@code gpu:N}
 */
public record ModelSettings(
    List<FrameSize> sizes,
    List<Integer> batches,
    List<Integer> threads,
    int rounds,
    String device) {
  private static final int MAX_BATCH = 256;
  private static final int MAX_THREADS = 1024;
  private static final int MAX_ROUNDS = 1000;

  /** Checks the values. */
  public ModelSettings {
    sizes = List.copyOf(sizes);
    batches = List.copyOf(batches);
    threads = List.copyOf(threads);
    batches.forEach(batch -> check("--batches", batch, MAX_BATCH));
    threads.forEach(count -> check("--threads", count, MAX_THREADS));
    check("--rounds", rounds, MAX_ROUNDS);
  }

  private static void check(String option, int value, int max) {
    if (value < 1 || value > max) {
      throw new IllegalArgumentException(option + " is " + value + ": it must be from 1 to " + max);
    }
  }
}
