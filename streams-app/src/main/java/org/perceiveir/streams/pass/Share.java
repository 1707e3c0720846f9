package org.perceiveir.streams.pass;

/**
 * Picks a share of frames evenly: 0.25 picks every fourth. Without randomness, so that the share is
 * kept exactly over any stretch. Not thread-safe.
 */
final class Share {
  private final double share;
  private double owed;

  /** Picks {@code share} of all calls, 0 to 1. */
  Share(double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("the share is " + share + ": it must be from 0 to 1");
    }
    this.share = share;
  }

  boolean next() {
    owed += share;
    // A sum of tenths must not miss its tenth call by a rounding error.
    if (owed >= 1 - 1e-9) {
      owed -= 1;
      return true;
    }
    return false;
  }
}
