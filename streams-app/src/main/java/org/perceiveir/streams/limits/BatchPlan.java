package org.perceiveir.streams.limits;

import org.perceiveir.streams.config.BatchMode;

/**
 * How many frames share a pass and how many wait, from the measured speed.
 *
 * <p>A pass takes no longer than {@value #PASS_TARGET_MS} ms, or one frame: on a slow device a
 * large batch would only make every frame wait for all others. Three batches may wait: one in its
 * pass, and a full one ready when the device is, even while one of two threads commits and adds
 * nothing. With two, passes were 56 to 74 % full under a backlog, with three 84 to 87 %.
 *
 * @param batchSize most frames in a pass, at least 1
 * @param windowFrames frames for which there is room to wait; each task may have one beyond
 */
public record BatchPlan(int batchSize, int windowFrames) {
  static final long PASS_TARGET_MS = 1_000;
  private static final int WINDOW_BATCHES = 3;

  /**
   * Plans.
   *
   * @param frameMs time of one frame on the network, in milliseconds
   */
  public static BatchPlan of(double frameMs, WorkShape shape) {
    if (shape.mode() == BatchMode.BLOCKING) {
      return new BatchPlan(shape.maxBatch(), shape.threads());
    }
    int batch = batchFor(frameMs, shape.maxBatch());
    return new BatchPlan(batch, Math.max(WINDOW_BATCHES * batch, shape.threads()));
  }

  /** The largest batch whose pass is short enough. */
  public static int batchFor(double frameMs, int maxBatch) {
    long fitting = (long) Math.floor(PASS_TARGET_MS / Math.max(frameMs, 1e-3));
    return (int) Math.max(1, Math.min(maxBatch, fitting));
  }
}
