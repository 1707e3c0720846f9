package org.perceiveir.cli.bench;

import java.util.List;

/**
 * A straight line through samples of memory by least squares.
 *
 * @param mibPerHour its slope
 * @param standardError of the slope, in MiB per hour; samples that follow each other closely are
 *     alike, so it is a lower bound
 */
record MemoryLine(double mibPerHour, double standardError) {
  private static final double SECONDS_PER_HOUR = 3600;

  /**
   * One sample.
   *
   * @param seconds since the start
   * @param mib resident memory, in MiB
   * @param loads models loaded so far
   */
  record Sample(double seconds, double mib, int loads) {}

  /**
   * Fits.
   *
   * @throws IllegalArgumentException with fewer than three samples, or all at one time
   */
  static MemoryLine through(List<Sample> samples) {
    int n = samples.size();
    double meanX = samples.stream().mapToDouble(Sample::seconds).average().orElse(0);
    double meanY = samples.stream().mapToDouble(Sample::mib).average().orElse(0);
    double xx = 0;
    double xy = 0;
    for (Sample s : samples) {
      xx += (s.seconds() - meanX) * (s.seconds() - meanX);
      xy += (s.seconds() - meanX) * (s.mib() - meanY);
    }
    if (n < 3 || xx == 0) {
      throw new IllegalArgumentException(n + " samples at one time or too few for a line");
    }
    double slope = xy / xx;
    double squares = 0;
    for (Sample s : samples) {
      double off = s.mib() - meanY - slope * (s.seconds() - meanX);
      squares += off * off;
    }
    double error = Math.sqrt(squares / (n - 2) / xx);
    return new MemoryLine(slope * SECONDS_PER_HOUR, error * SECONDS_PER_HOUR);
  }
}
