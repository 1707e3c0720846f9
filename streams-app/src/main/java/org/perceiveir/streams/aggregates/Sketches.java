package org.perceiveir.streams.aggregates;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.avro.LatencyPercentiles;
import org.perceiveir.schemas.avro.LatencySketch;

/**
 * Distributions of times, small enough to be stored for each source.
 *
 * <p>A histogram with two significant digits keeps values up to one hour in at most 3,456 counts;
 * its relative error is 1 % at most, as that of every percentile. Encoded it takes about two bytes
 * for each different value, so it is bounded by both the frames of the window and some 10 KB.
 *
 * <p>Adding to an encoded histogram means decoding and encoding it, so up to {@value #RECENT}
 * values wait beside it.
 */
final class Sketches {
  /** Longest time that is told apart from longer ones, in microseconds: one hour. */
  static final long MAX_MICROS = 3_600_000_000L;

  /** So many values wait for the histogram. */
  static final int RECENT = 32;

  private static final int DIGITS = 2;

  private Sketches() {}

  static LatencySketch empty() {
    return new LatencySketch(ByteBuffer.allocate(0), new ArrayList<>());
  }

  /**
   * Adds a time.
   *
   * @param micros in microseconds; null adds nothing
   */
  static void add(LatencySketch sketch, @Nullable Long micros) {
    if (micros == null) {
      return;
    }
    List<Long> recent = sketch.getRecent();
    recent.add(Math.max(0, Math.min(MAX_MICROS, micros)));
    if (recent.size() >= RECENT) {
      Histogram histogram = histogram(sketch);
      ByteBuffer encoded = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
      int length = histogram.encodeIntoByteBuffer(encoded);
      byte[] bytes = new byte[length];
      encoded.flip().get(bytes);
      sketch.setHistogram(ByteBuffer.wrap(bytes));
      sketch.setRecent(new ArrayList<>());
    }
  }

  /** The percentiles; null where there is no time. */
  static @Nullable LatencyPercentiles percentiles(LatencySketch sketch) {
    Histogram histogram = histogram(sketch);
    long count = histogram.getTotalCount();
    return count == 0
        ? null
        : new LatencyPercentiles(
            count,
            histogram.getValueAtPercentile(50),
            histogram.getValueAtPercentile(95),
            histogram.getValueAtPercentile(99),
            histogram.getMaxValue());
  }

  private static Histogram histogram(LatencySketch sketch) {
    ByteBuffer encoded = sketch.getHistogram().duplicate();
    Histogram histogram =
        encoded.hasRemaining()
            ? Histogram.decodeFromByteBuffer(encoded, MAX_MICROS)
            : new Histogram(MAX_MICROS, DIGITS);
    sketch.getRecent().forEach(histogram::recordValue);
    return histogram;
  }
}
