package org.perceiveir.imaging.metric;

/** The transfer function of sRGB (IEC 61966-2-1). */
final class SrgbGamma {
  private SrgbGamma() {}

  /** Linear light in 0..1 of a sample in 0..1. */
  static double toLinear(double sample) {
    return sample <= 0.04045 ? sample / 12.92 : StrictMath.pow((sample + 0.055) / 1.055, 2.4);
  }
}
