package org.perceiveir.cli.bench;

import java.nio.file.Path;
import java.util.List;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.streams.config.FrameSize;

/**
 * What the pipeline bench is asked to do.
 *
 * @param size width and height of the frames, in pixels
 * @param encoding encoding of the frames, into the service and out of it
 * @param frames frames of one run against the bare network, at least {@value #MIN_FRAMES}
 * @param records records of one run against the plain loop, at least {@value #MIN_FRAMES}
 * @param rounds how often each variant runs, at least 1
 * @param batchSize {@code batch.max.size}, 1 to 256
 * @param threads {@code stream.threads}, and the loops beside them; 1 to 64
 * @param seconds how long latency is measured, in seconds, at least 1
 * @param warmupSeconds how long the load runs before that, in seconds, at least 0
 * @param modes ways to run the service, at least one
 * @param bundle directory of the model bundle
 * @param device {@code auto}, {@code cpu} or {@code gpu:N}
 */
public record PipelineSettings(
    FrameSize size,
    ImageFormat encoding,
    int frames,
    int records,
    int rounds,
    int batchSize,
    int threads,
    int seconds,
    int warmupSeconds,
    List<ServiceMode> modes,
    Path bundle,
    String device) {

  /** With fewer frames there is no steady middle. */
  public static final int MIN_FRAMES = 20;

  private static final int SOURCES = 4;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value lies outside; the message names the option
   */
  public PipelineSettings {
    modes = modes.stream().distinct().toList();
    check("--frames", frames, MIN_FRAMES, 10_000_000);
    check("--records", records, MIN_FRAMES, 10_000_000);
    check("--rounds", rounds, 1, 1_000);
    check("--batch-size", batchSize, 1, 256);
    check("--threads", threads, 1, 64);
    check("--seconds", seconds, 1, 86_400);
    check("--warmup-seconds", warmupSeconds, 0, 86_400);
  }

  private static void check(String option, int value, int from, int to) {
    if (value < from || value > to) {
      throw new IllegalArgumentException(
          option + " is " + value + ": it must lie in " + from + ".." + to);
    }
  }

  /** Sources, and partitions of each topic: one source a partition, at least one a thread. */
  int sources() {
    return Math.max(SOURCES, threads);
  }
}
