package org.perceiveir.imaging.metric;

import org.perceiveir.imaging.RgbImage;

/** Peak signal-to-noise ratio on 8-bit RGB, as scikit-image computes it with data range 255. */
public final class Psnr {
  private Psnr() {}

  /**
   * 10 log10(255^2 / MSE) in dB over all pixels and the three channels, no border cropped; positive
   * infinity for equal images.
   *
   * @throws IllegalArgumentException if the sizes differ
   */
  public static double between(RgbImage a, RgbImage b) {
    Sizes.checkEqual(a, b);
    byte[] left = a.rgb();
    byte[] right = b.rgb();
    long squares = 0;
    for (int i = 0; i < left.length; i++) {
      int difference = (left[i] & 0xFF) - (right[i] & 0xFF);
      squares += (long) difference * difference;
    }
    double meanSquare = (double) squares / left.length;
    return 10 * Math.log10(255.0 * 255.0 / meanSquare);
  }
}
