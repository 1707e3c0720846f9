package org.perceiveir.streams.topology;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.avro.AgeOrigin;

/**
 * How old a frame is, and by which clock.
 *
 * <p>The capture time counts, unless there is none, or it is further from the time of the record
 * than a clock may be wrong, or the frame was sent again: then the time of the record counts. A
 * time in the future means age 0.
 *
 * @param micros the age in microseconds, at least 0
 * @param origin the time from which it counts
 * @param recordMicros the age of its record in microseconds, at least 0: how much of it passed in
 *     the topic, where the time of the record is the brokers'
 */
record FrameAge(long micros, AgeOrigin origin, long recordMicros) {

  /**
   * Reads the age.
   *
   * @param captureMicros by the clock of the source, in microseconds since 1970; null if unknown
   * @param recordMillis time of the input record, in milliseconds since 1970
   * @param replays how often the frame was sent again; who sends it again wants it, however old
   * @param maxSkew how far the two may be apart
   * @param now by the clock of this process
   */
  static FrameAge of(
      @Nullable Long captureMicros, long recordMillis, int replays, Duration maxSkew, Instant now) {
    long nowMicros = ChronoUnit.MICROS.between(Instant.EPOCH, now);
    long recordTime = Math.multiplyExact(recordMillis, 1000L);
    long recordMicros = Math.max(0, nowMicros - recordTime);
    if (captureMicros == null || replays > 0) {
      return new FrameAge(recordMicros, AgeOrigin.APPEND_TIME, recordMicros);
    }
    // Whatever a producer claims: the difference of two longs may not fit into one.
    double skewMicros = Math.abs((double) captureMicros - (double) recordTime);
    if (skewMicros > maxSkew.toNanos() / 1e3) {
      return new FrameAge(recordMicros, AgeOrigin.APPEND_TIME_CLOCK_SKEW, recordMicros);
    }
    return new FrameAge(
        Math.max(0, nowMicros - captureMicros), AgeOrigin.CAPTURE_TIME, recordMicros);
  }
}
