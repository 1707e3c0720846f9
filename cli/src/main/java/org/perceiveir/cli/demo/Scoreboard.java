package org.perceiveir.cli.demo;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.perceiveir.imaging.degrade.DegradationType;

/** Quality and speed of the frames that came back. Thread-safe. */
final class Scoreboard {
  /** What an identical frame counts as, in dB: its true PSNR is infinite and has no mean. */
  static final double MAX_PSNR = 100;

  private final Map<DegradationType, Sum> sums = new EnumMap<>(DegradationType.class);
  private final List<Double> latencies = new ArrayList<>();
  private long firstSentNanos = Long.MAX_VALUE;
  private long lastBackNanos = Long.MIN_VALUE;

  /** Means over frames of one degradation, in dB. */
  record Quality(String degradation, int frames, double degraded, double restored) {}

  /** Percentiles of the time from sending a frame to reading it back, in milliseconds. */
  record Latency(double p50, double p95, double p99) {}

  private static final class Sum {
    int frames;
    double degraded;
    double restored;
  }

  /**
   * Counts a frame that came back.
   *
   * @param psnrDegraded PSNR of the degraded frame, in dB
   * @param psnrRestored PSNR of the restored frame, in dB
   * @param sentNanos when it was sent, by {@link System#nanoTime}
   * @param backNanos when it was read back, by {@link System#nanoTime}
   */
  synchronized void add(
      DegradationType type,
      double psnrDegraded,
      double psnrRestored,
      long sentNanos,
      long backNanos) {
    Sum sum = sums.computeIfAbsent(type, t -> new Sum());
    sum.frames++;
    sum.degraded += Math.min(MAX_PSNR, psnrDegraded);
    sum.restored += Math.min(MAX_PSNR, psnrRestored);
    latencies.add((backNanos - sentNanos) / 1e6);
    firstSentNanos = Math.min(firstSentNanos, sentNanos);
    lastBackNanos = Math.max(lastBackNanos, backNanos);
  }

  synchronized int frames() {
    return latencies.size();
  }

  /** Frames a second, from the first one sent to the last one back; 0 before any is back. */
  synchronized double framesPerSecond() {
    return latencies.isEmpty() ? 0 : latencies.size() * 1e9 / (lastBackNanos - firstSentNanos);
  }

  /** Percentiles by nearest rank; zeros before any frame is back. */
  synchronized Latency latency() {
    double[] sorted = latencies.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return new Latency(rank(sorted, 0.50), rank(sorted, 0.95), rank(sorted, 0.99));
  }

  private static double rank(double[] sorted, double share) {
    return sorted.length == 0 ? 0 : sorted[(int) Math.ceil(share * sorted.length) - 1];
  }

  /** Means for each degradation that occurred, in the order of {@link DegradationType}. */
  synchronized List<Quality> byDegradation() {
    return sums.entrySet().stream()
        .map(
            e ->
                new Quality(
                    e.getKey().id(),
                    e.getValue().frames,
                    e.getValue().degraded / e.getValue().frames,
                    e.getValue().restored / e.getValue().frames))
        .toList();
  }

  /** Means over all frames; zeros before any is back. */
  synchronized Quality overall() {
    int frames = latencies.size();
    double degraded = sums.values().stream().mapToDouble(s -> s.degraded).sum();
    double restored = sums.values().stream().mapToDouble(s -> s.restored).sum();
    int divisor = Math.max(1, frames);
    return new Quality("all", frames, degraded / divisor, restored / divisor);
  }
}
