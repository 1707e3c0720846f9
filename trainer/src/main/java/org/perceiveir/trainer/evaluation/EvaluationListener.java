package org.perceiveir.trainer.evaluation;

import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;

/** Told of an evaluation while it goes on, in its thread. */
public interface EvaluationListener {
  /** One that does nothing. */
  EvaluationListener NONE = new EvaluationListener() {};

  /**
   * An image that was restored and measured.
   *
   * @param set what it belongs to
   * @param done images of the set that were looked at so far, this one included
   * @param total images of the set
   * @param degraded as the network saw it
   * @param restored as the network left it
   * @param truth of the same size, if there is one
   * @param figures its figures
   */
  record Restored(
      TestSet set,
      int done,
      int total,
      RgbImage degraded,
      RgbImage restored,
      @Nullable RgbImage truth,
      EvaluationReport.Image figures) {}

  /** Called after each image. */
  default void onImage(Restored image) {}

  /** Called after the last image of a set. */
  default void onItem(EvaluationReport.Item item) {}
}
