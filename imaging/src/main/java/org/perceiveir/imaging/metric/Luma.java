package org.perceiveir.imaging.metric;

import org.perceiveir.imaging.RgbImage;

/**
 * The Y channel of ITU-R BT.601 in video range, as Matlab's {@code rgb2ycbcr} and BasicSR's {@code
 * test_y_channel} have it: 16 (black) to 235 (white).
 *
 * <pre>  Y = 16 + (65.481 R + 128.553 G + 24.966 B) / 255</pre>
 *
 * <p>It is not rounded to 8 bits, nor to a float as BasicSR does, which moves a PSNR by less than
 * 1e-7 dB.
 */
final class Luma {
  private Luma() {}

  /** Y of each pixel of a row. */
  static void readRow(RgbImage image, int row, double[] samples) {
    byte[] rgb = image.rgb();
    int at = 3 * row * image.width();
    for (int x = 0; x < image.width(); x++, at += 3) {
      samples[x] =
          16
              + (65.481 * (rgb[at] & 0xFF)
                      + 128.553 * (rgb[at + 1] & 0xFF)
                      + 24.966 * (rgb[at + 2] & 0xFF))
                  / 255;
    }
  }
}
