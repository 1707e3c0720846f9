package org.perceiveir.imaging.metric;

import org.perceiveir.imaging.RgbImage;

/** What both metrics ask of their arguments. */
final class Sizes {
  private Sizes() {}

  static void checkEqual(RgbImage a, RgbImage b) {
    if (a.width() != b.width() || a.height() != b.height()) {
      throw new IllegalArgumentException(
          "images of "
              + a.width()
              + "x"
              + a.height()
              + " and "
              + b.width()
              + "x"
              + b.height()
              + " cannot be compared: crop or resize one of them");
    }
  }
}
