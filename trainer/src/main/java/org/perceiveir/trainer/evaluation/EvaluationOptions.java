package org.perceiveir.trainer.evaluation;

/**
 * How images are prepared, and how many.
 *
 * @param multiple sides are cropped to multiples of so many pixels about the middle, both of the
 *     degraded image and of the truth, before restoring; 1 for no crop, 16 as part of the paper's
 *     lineage does
 * @param maxImages at most so many images of a set, the first by name; 0 for all
 * @param frames how the restorer takes large frames, in words for the protocol
 * @param comparedFrames the same of the restorer that is compared; empty without one
 */
public record EvaluationOptions(int multiple, int maxImages, String frames, String comparedFrames) {
  private static final int MOST = 1024;

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException naming the value and its range
   */
  public EvaluationOptions {
    if (multiple < 1 || multiple > MOST) {
      throw new IllegalArgumentException(
          "crop to multiples of " + multiple + ": it must be from 1 (none) to " + MOST);
    }
    if (maxImages < 0) {
      throw new IllegalArgumentException("max images is " + maxImages + ", it must be at least 0");
    }
  }

  /** All images, whole. */
  public static EvaluationOptions defaults() {
    return new EvaluationOptions(1, 0, "whole images", "");
  }
}
