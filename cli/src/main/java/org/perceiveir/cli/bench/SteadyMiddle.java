package org.perceiveir.cli.bench;

import java.util.Comparator;
import java.util.List;
import org.perceiveir.cli.failure.CommandFailure;

/**
 * The rate of a run and the size of its batches while all of it was at work.
 *
 * <p><u>What counts.</u> Records in the order in which their outcome was decided, without the first
 * fifth (caches, compilation, the rebalance) and without the last tenth, but at least the last
 * batch (partitions run dry one after the other).
 *
 * <p><u>Rate.</u> The slope of the least-squares line through (time, records so far). Outcomes come
 * in bursts, a whole batch or all that a commit waited for: the time between two single records
 * would depend on where in a burst they stand, by up to a burst at each end.
 *
 * @param perSecond records a second
 * @param averageBatch mean over passes of the frames in a pass: n frames stood in {@code sum(1 /
 *     batchSize)} passes; 0 where no record has a batch
 */
record SteadyMiddle(double perSecond, double averageBatch) {

  /**
   * One record's telemetry.
   *
   * @param decidedMicros when its outcome was decided, in microseconds since 1970
   * @param batchSize frames in its pass; 0 for no pass
   */
  record Sample(long decidedMicros, int batchSize) {}

  /**
   * Of the telemetry of one run.
   *
   * @param samples all records, in any order
   * @param batchMaxSize most frames in a pass
   * @throws CommandFailure if there are too few to tell
   */
  static SteadyMiddle of(List<Sample> samples, int batchMaxSize) {
    List<Sample> sorted =
        samples.stream().sorted(Comparator.comparingLong(Sample::decidedMicros)).toList();
    int n = sorted.size();
    int from = n / 5;
    int to = n - Math.max(n / 10, Math.min(batchMaxSize, n / 3));
    if (to - from < 2) {
      throw tooFew(n);
    }
    List<Sample> middle = sorted.subList(from, to);
    double perMicro = slope(middle);
    if (Double.isNaN(perMicro)) {
      throw tooFew(n);
    }
    return new SteadyMiddle(perMicro * 1e6, averageBatch(middle));
  }

  /** Mean over passes of the frames in a pass; 0 where no record has a batch. */
  static double averageBatch(List<Sample> samples) {
    double passes = 0;
    long batched = 0;
    for (Sample sample : samples) {
      if (sample.batchSize > 0) {
        passes += 1.0 / sample.batchSize;
        batched++;
      }
    }
    return batched == 0 ? 0 : batched / passes;
  }

  /** Records a microsecond; NaN where all records have one time. */
  private static double slope(List<Sample> middle) {
    int n = middle.size();
    // Differences keep their digits, microseconds since 1970 would not when squared.
    long origin = middle.get(0).decidedMicros;
    double meanTime = 0;
    for (Sample sample : middle) {
      meanTime += (double) (sample.decidedMicros - origin) / n;
    }
    double meanCount = (n - 1) / 2.0;
    double covariance = 0;
    double variance = 0;
    for (int i = 0; i < n; i++) {
      double time = middle.get(i).decidedMicros - origin - meanTime;
      covariance += time * (i - meanCount);
      variance += time * time;
    }
    return variance == 0 ? Double.NaN : covariance / variance;
  }

  private static CommandFailure tooFew(int n) {
    return new CommandFailure(
        n + " records were over too soon to be timed", "raise --frames and --records");
  }
}
