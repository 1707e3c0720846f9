package org.perceiveir.cli.bench;

import java.util.Arrays;

/**
 * Percentiles by nearest rank over all samples, none thinned out.
 *
 * @param samples how many there were
 * @param p50 median
 * @param p95 95th percentile
 * @param p99 99th percentile
 * @param max largest
 */
record Percentiles(int samples, double p50, double p95, double p99, double max) {

  /**
   * Of samples in any order.
   *
   * @throws IllegalArgumentException if there are none
   */
  static Percentiles of(double[] samples) {
    if (samples.length == 0) {
      throw new IllegalArgumentException("percentiles of no sample");
    }
    double[] sorted = samples.clone();
    Arrays.sort(sorted);
    return new Percentiles(
        sorted.length,
        rank(sorted, 0.50),
        rank(sorted, 0.95),
        rank(sorted, 0.99),
        sorted[sorted.length - 1]);
  }

  private static double rank(double[] sorted, double share) {
    return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
  }
}
