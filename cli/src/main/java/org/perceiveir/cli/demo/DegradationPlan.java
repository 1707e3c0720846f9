package org.perceiveir.cli.demo;

import java.util.List;
import org.perceiveir.imaging.degrade.DegradationType;

/**
 * Which degradation damages which frame.
 *
 * <p>A source stays with one kind for some frames, as a camera does, and goes on to the next; each
 * source starts at another one, so that several sources show different kinds at a time.
 *
 * @param types the kinds in turn, at least one
 * @param framesEach frames of a source before it goes on to the next kind, at least 1
 */
record DegradationPlan(List<DegradationType> types, int framesEach) {
  private static final int MOST_FRAMES_EACH = 24;
  private static final long SEED = 20_260_101L;

  DegradationPlan {
    types = List.copyOf(types);
  }

  /** Every kind in turn, often enough that {@code framesPerSource} frames show each of them. */
  static DegradationPlan mixed(int framesPerSource) {
    List<DegradationType> all = List.of(DegradationType.values());
    int each = Math.max(1, Math.min(MOST_FRAMES_EACH, framesPerSource / all.size()));
    return new DegradationPlan(all, each);
  }

  /** One kind for all frames. */
  static DegradationPlan only(DegradationType type) {
    return new DegradationPlan(List.of(type), MOST_FRAMES_EACH);
  }

  /** The kind for frame {@code index} of a source. */
  DegradationType type(int source, int index) {
    // Two apart, which passes all of an odd number of kinds; of an even one it would pass half.
    long start = types.size() % 2 == 0 ? source : source * 2L;
    return types.get((int) ((start + turn(index)) % types.size()));
  }

  /** The seed of the degradation's scene: the same for frames that one kind damages in a row. */
  long seed(int source, int index) {
    return SEED + 1_000_003L * source + turn(index);
  }

  private int turn(int index) {
    return index / framesEach;
  }
}
