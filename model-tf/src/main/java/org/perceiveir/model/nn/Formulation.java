package org.perceiveir.model.nn;

import java.util.EnumSet;
import java.util.Set;

/**
 * How a network is written down: which rewrites of the paper's formulas are made.
 *
 * @param rewrites the rewrites
 */
public record Formulation(Set<Rewrite> rewrites) {

  /** As the paper and PyTorch code write it. */
  public static final Formulation PLAIN = new Formulation(Set.of());

  /** What is faster in training as well. */
  public static final Formulation TRAINING =
      new Formulation(
          EnumSet.of(
              Rewrite.SLICED_WEIGHTS,
              Rewrite.FOLDED_L2_NORMS,
              Rewrite.FOLDED_AFFINE,
              Rewrite.FOLDED_SCALES));

  /** What is faster where weights no longer change. */
  public static final Formulation INFERENCE = new Formulation(EnumSet.allOf(Rewrite.class));

  /** Copies the set. */
  public Formulation {
    rewrites = Set.copyOf(rewrites);
  }

  /** Whether a rewrite is made. */
  boolean has(Rewrite rewrite) {
    return rewrites.contains(rewrite);
  }
}
