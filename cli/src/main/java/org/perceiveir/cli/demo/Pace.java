package org.perceiveir.cli.demo;

/**
 * The rate at which the demo sends, held just below what the pipeline takes.
 *
 * <p>Frames leave at equal intervals. Before each one the interval grows by {@value #SLOWER} if
 * more frames are on their way than {@code high}, and shrinks by {@value #FASTER} if fewer than
 * {@code low} are: queues stay short, so latency is the time of the work and not of waiting. Not
 * thread-safe.
 */
final class Pace implements Traffic {
  private static final double SLOWER = 1.10;
  private static final double FASTER = 0.97;
  private static final double MIN_MILLIS = 10;
  private static final double MAX_MILLIS = 10_000;

  private final int low;
  private final int high;
  private double millis;

  /**
   * A pace.
   *
   * @param millis first interval in milliseconds
   * @param sources sources that send in turn
   */
  Pace(double millis, int sources) {
    this.millis = clamp(millis);
    this.low = Math.max(2, sources);
    this.high = 2 * this.low;
  }

  @Override
  public double next(int frame, int onTheirWay) {
    if (onTheirWay > high) {
      millis = clamp(millis * SLOWER);
    } else if (onTheirWay < low) {
      millis = clamp(millis * FASTER);
    }
    return millis;
  }

  @Override
  public boolean mustWait(int frame, int onTheirWay) {
    return onTheirWay >= 2 * high;
  }

  private static double clamp(double millis) {
    return Math.max(MIN_MILLIS, Math.min(MAX_MILLIS, millis));
  }
}
