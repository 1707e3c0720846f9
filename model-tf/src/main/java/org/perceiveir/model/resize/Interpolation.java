package org.perceiveir.model.resize;

/**
 * How a resized pixel is made from its neighbours, in the terms of PyTorch's {@code
 * F.interpolate(..., align_corners=False)}.
 */
public enum Interpolation {
  /** Triangle over the two nearest pixels, whatever the scale. */
  BILINEAR(false),
  /** Keys' cubic with a = -0.75 over the four nearest pixels, whatever the scale. */
  BICUBIC(false),
  /** Triangle that widens with the scale when the image shrinks; what Pillow calls bilinear. */
  BILINEAR_ANTIALIAS(true),
  /**
   * Keys' cubic with a = -0.5 that widens with the scale when the image shrinks; what Pillow calls
   * bicubic.
   */
  BICUBIC_ANTIALIAS(true);

  private final boolean antialias;

  Interpolation(boolean antialias) {
    this.antialias = antialias;
  }

  boolean antialias() {
    return antialias;
  }
}
