package org.perceiveir.trainer.evaluation;

import org.perceiveir.imaging.RgbImage;

/** Says of an image in a word how it looks, for instance the tier of a quality perceiver. */
public interface Judge {
  /** The name in reports, for instance {@code tier}. */
  String id();

  /** The word, one of a few. */
  String verdict(RgbImage image);
}
