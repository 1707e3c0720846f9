package org.perceiveir.imaging.metric;

import org.perceiveir.imaging.RgbImage;

/** Peak signal-to-noise ratio on 8-bit images, data range 255: 10 log10(255^2 / MSE) in dB. */
public final class Psnr {
  private Psnr() {}

  /**
   * Over all pixels and the three channels, no border cropped, as scikit-image computes it.
   *
   * @return dB; positive infinity for equal images
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
    return ofMeanSquare((double) squares / left.length);
  }

  /**
   * On the luma channel Y (16..235) as BasicSR computes it with {@code test_y_channel}, which the
   * deraining and super-resolution literature reports. Several dB above {@link #between} on colour
   * noise and colour casts, so never compare the two.
   *
   * @return dB; positive infinity for images of equal luma
   * @throws IllegalArgumentException if the sizes differ
   */
  public static double lumaBetween(RgbImage a, RgbImage b) {
    Sizes.checkEqual(a, b);
    double[] left = new double[a.width()];
    double[] right = new double[a.width()];
    double squares = 0;
    for (int row = 0; row < a.height(); row++) {
      Luma.readRow(a, row, left);
      Luma.readRow(b, row, right);
      for (int x = 0; x < left.length; x++) {
        double difference = left[x] - right[x];
        squares += difference * difference;
      }
    }
    return ofMeanSquare(squares / ((double) a.width() * a.height()));
  }

  private static double ofMeanSquare(double meanSquare) {
    return 10 * Math.log10(255.0 * 255.0 / meanSquare);
  }
}
