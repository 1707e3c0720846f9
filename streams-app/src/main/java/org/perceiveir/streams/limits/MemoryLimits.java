package org.perceiveir.streams.limits;

import java.util.Locale;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.ServiceConfig;

/**
 * An upper bound of what the service keeps on the heap, and what may be read ahead under it.
 *
 * <p>For P partitions, T threads, records of at most R bytes, b buffered.records.per.partition and
 * r max.poll.records:
 *
 * <pre>
 *   P (b + r + 2) R + P fetch      records read ahead, one a task beyond the window with its
 *                                  payload, and what the consumers have fetched
 *   + window                       12 bytes a pixel for each waiting frame: record, payload, pixels,
 *                                  result
 *   + T producer + audit           buffers of Kafka's clients; audit: of the books and aggregates
 *   + readers                      one payload for each thread that reads outside Kafka
 *   + T 24 pixels                  one frame being decoded or encoded on each thread
 *   + 24 pixels                    one frame in its pass: a tile padded, its result, sums of the blend
 *   &lt;= {@value #SHARE_PERCENT} % of the heap
 * </pre>
 *
 * <p>b and r take at most half of what is left with one record each; the rest decides the largest
 * frame. It is a bound for the worst case, in which every record is as large as allowed.
 *
 * @param shape what has a claim
 * @param buffered {@code buffered.records.per.partition}
 * @param polled {@code max.poll.records}
 * @param windowBytes bytes of waiting frames for which there is room
 * @param neededBytes the sum above for the frames to expect
 * @param maxFramePixels the largest frame for which there is room
 */
public record MemoryLimits(
    HeapShape shape,
    long buffered,
    long polled,
    long windowBytes,
    long neededBytes,
    long maxFramePixels) {
  static final int SHARE_PERCENT = 75;

  /** RGB in and out; record and payload they came in, each no larger than the pixels. */
  private static final long WINDOW_BYTES_PER_PIXEL = 12;

  /** What decoding takes at its peak: ImageIO's raster, a copy in sRGB, our bytes. */
  private static final long CODEC_BYTES_PER_PIXEL = 24;

  /** A tile, padded, its output and result, 3 each; and 12 for the rows that are being blended. */
  private static final long PASS_BYTES_PER_PIXEL = 24;

  /**
   * The most records that may be read ahead: b = r, from 0 (not even one fits) to {@code limit}.
   */
  public static int maxRecords(HeapShape shape, int limit) {
    long least = allowed(shape) - fixed(shape) - records(shape, 1, 1);
    if (least < 0) {
      return 0;
    }
    // Half of what is left is for frames that are larger than expected.
    long fitting = 1 + least / 2 / (2L * shape.partitions() * shape.recordBytes());
    return (int) Math.min(limit, fitting);
  }

  /**
   * Checks.
   *
   * @throws ConfigurationException if it does not fit; the message states the sum
   */
  public static MemoryLimits derive(HeapShape shape, long buffered, long polled) {
    long needed = records(shape, buffered, polled) + fixed(shape);
    MemoryLimits limits = new MemoryLimits(shape, buffered, polled, window(shape), needed, 0);
    long left = allowed(shape) - needed;
    if (left < 0) {
      throw new ConfigurationException(
          "the heap of "
              + mebi(shape.heapBytes())
              + " MiB is too small: "
              + limits.formula()
              + "; raise -Xmx, lower "
              + ServiceConfig.FRAME_MAX_BYTES
              + " or "
              + ServiceConfig.STREAM_THREADS
              + ", or use fewer partitions");
    }
    long more =
        left
            / (PASS_BYTES_PER_PIXEL
                + CODEC_BYTES_PER_PIXEL * shape.threads()
                + WINDOW_BYTES_PER_PIXEL * shape.partitions());
    return new MemoryLimits(
        shape, buffered, polled, window(shape), needed, shape.frameSize().pixels() + more);
  }

  private static long allowed(HeapShape shape) {
    return shape.heapBytes() / 100 * SHARE_PERCENT;
  }

  private static long records(HeapShape shape, long buffered, long polled) {
    return shape.partitions() * (buffered + polled + 2) * shape.recordBytes();
  }

  private static long window(HeapShape shape) {
    return shape.windowFrames() * WINDOW_BYTES_PER_PIXEL * shape.frameSize().pixels();
  }

  private static long clients(HeapShape shape) {
    return shape.threads() * shape.producerBytes()
        + shape.partitions() * shape.fetchBytes()
        + shape.auditBytes()
        + shape.payloadBytes();
  }

  private static long codec(HeapShape shape) {
    return shape.threads() * CODEC_BYTES_PER_PIXEL * shape.frameSize().pixels();
  }

  private static long pass(HeapShape shape) {
    return PASS_BYTES_PER_PIXEL * shape.frameSize().pixels();
  }

  private static long fixed(HeapShape shape) {
    return window(shape) + clients(shape) + codec(shape) + pass(shape);
  }

  /** The sum with its numbers, in MiB. */
  public String formula() {
    return String.format(
        Locale.ROOT,
        "%d partitions x ((%d + %d + 2) records x %.1f MiB + %.1f MiB fetched) + %.1f MiB window of"
            + " %d frames + %d threads x %.0f MiB producer + %.0f MiB audit +%s %.1f MiB codecs and"
            + " %.1f MiB pass at %s = %.0f MiB, allowed are %d %% of %d MiB = %.0f MiB",
        shape.partitions(),
        buffered,
        polled,
        mebi(shape.recordBytes()),
        mebi(shape.fetchBytes()),
        mebi(windowBytes),
        shape.windowFrames(),
        shape.threads(),
        mebi(shape.producerBytes()),
        mebi(shape.auditBytes()),
        shape.payloadBytes() == 0
            ? ""
            : String.format(
                Locale.ROOT, " %.0f MiB payloads outside +", mebi(shape.payloadBytes())),
        mebi(codec(shape)),
        mebi(pass(shape)),
        shape.frameSize(),
        mebi(neededBytes),
        SHARE_PERCENT,
        shape.heapBytes() >> 20,
        mebi(allowed(shape)));
  }

  private static double mebi(long bytes) {
    return bytes / (double) (1 << 20);
  }
}
