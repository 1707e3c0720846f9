package org.perceiveir.model.session;

import java.util.Optional;

/**
 * How large a pass may be: the largest tile, and the most pixels of a batch.
 *
 * @param side frames with a longer side are restored in tiles of at most this side, in pixels
 * @param overlap pixels that neighbouring tiles share at least
 * @param passPixels most pixels of a batch, padding included; one frame of up to {@code side} may
 *     always make a pass
 */
record TilePlan(int side, int overlap, long passPixels) {
  /** The smallest tile: below it, most of a tile would be overlap. */
  static final int SMALLEST_SIDE = 128;

  /**
   * The largest tile that fits into a budget.
   *
   * @param multiple to which the network's input is padded
   * @throws IllegalArgumentException if not even the smallest tile fits, naming the limit
   */
  static TilePlan within(MemoryModel model, SessionOptions options, int multiple) {
    MemoryBudget budget = options.memory();
    long pixels = model.mostPixels(budget.bytes());
    int smallest = Padding.up(SMALLEST_SIDE, multiple);
    if (pixels < square(smallest)) {
      throw new IllegalArgumentException(
          "the memory budget is "
              + budget
              + ", but a pass of the smallest tile, "
              + smallest
              + "x"
              + smallest
              + " pixels, takes "
              + (MemoryBudget.mebi(model.passBytes(square(smallest))) + 1)
              + " MiB; raise the budget or the memory, lower -Xmx, or choose a lighter bundle");
    }
    int side = options.maxTileSide();
    if (square(Padding.up(side, multiple)) > pixels) {
      side = (int) Math.sqrt((double) pixels) / multiple * multiple;
    }
    return of(side, options.tileOverlap(), multiple);
  }

  /** Tiles as large as the options allow, whatever they take. */
  static TilePlan unbounded(SessionOptions options, int multiple) {
    return of(options.maxTileSide(), options.tileOverlap(), multiple);
  }

  private static TilePlan of(int side, int overlap, int multiple) {
    return new TilePlan(side, Math.min(overlap, side / 4), square(Padding.up(side, multiple)));
  }

  /**
   * A plan under which a pass that was too large is no longer made: half the batch, or half the
   * side of a single frame.
   *
   * @param frames in the pass that was too large
   * @param width of each of them
   * @param height of each of them
   * @return empty if it was a single frame of at most the smallest tile
   */
  Optional<TilePlan> below(int frames, int width, int height, int multiple) {
    if (frames > 1) {
      long frame = (long) Padding.up(width, multiple) * Padding.up(height, multiple);
      return Optional.of(
          new TilePlan(side, overlap, Math.min(passPixels, Math.max(1, frames / 2) * frame)));
    }
    int longer = Math.max(width, height);
    if (longer <= SMALLEST_SIDE) {
      return Optional.empty();
    }
    int half = Math.max(SMALLEST_SIDE, longer / 2 / multiple * multiple);
    TilePlan smaller = of(Math.min(side, half), overlap, multiple);
    return Optional.of(
        new TilePlan(smaller.side, smaller.overlap, Math.min(passPixels, smaller.passPixels)));
  }

  /** Frames of a size that make one pass, at least 1. */
  int framesInOnePass(int width, int height, int multiple) {
    long frame = (long) Padding.up(width, multiple) * Padding.up(height, multiple);
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE, passPixels / frame));
  }

  private static long square(int side) {
    return (long) side * side;
  }
}
