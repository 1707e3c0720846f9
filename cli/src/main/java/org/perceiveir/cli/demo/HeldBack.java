package org.perceiveir.cli.demo;

import java.util.function.BooleanSupplier;

/** Frames from some number on wait until something has happened; the others leave as usual. */
final class HeldBack implements Traffic {
  private final Traffic usual;
  private final int first;
  private final BooleanSupplier happened;

  /**
   * Frames that wait.
   *
   * @param usual when the others leave
   * @param first the first one that waits, over all sources, from 0
   * @param happened whether they need wait no longer
   */
  HeldBack(Traffic usual, int first, BooleanSupplier happened) {
    this.usual = usual;
    this.first = first;
    this.happened = happened;
  }

  @Override
  public double next(int frame, int onTheirWay) {
    return usual.next(frame, onTheirWay);
  }

  @Override
  public boolean mustWait(int frame, int onTheirWay) {
    return usual.mustWait(frame, onTheirWay) || (frame >= first && !happened.getAsBoolean());
  }
}
