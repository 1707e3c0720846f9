package org.perceiveir.imaging.metric;

import java.util.Arrays;
import org.perceiveir.imaging.RgbImage;

/**
 * Structural similarity (Wang et al. 2004) on 8-bit RGB, as scikit-image computes it with data
 * range 255: each channel by itself, the mean of the three, over windows that lie wholly in the
 * image.
 *
 * <pre>
 *   SSIM = (2 mx my + C1)(2 cov + C2) / ((mx^2 + my^2 + C1)(vx + vy + C2)),
 *   C1 = (0.01 * 255)^2,   C2 = (0.03 * 255)^2
 * </pre>
 */
public final class Ssim {
  private static final double C1 = 0.01 * 255 * 0.01 * 255;
  private static final double C2 = 0.03 * 255 * 0.03 * 255;
  private static final int UNIFORM_SIDE = 7;
  private static final int GAUSSIAN_RADIUS = 5;
  private static final double GAUSSIAN_SIGMA = 1.5;

  private Ssim() {}

  /**
   * With scikit-image's default: uniform 7x7 windows and sample covariance (divided by 48).
   *
   * @return at most 1, which equal images have
   * @throws IllegalArgumentException if the sizes differ or a side is below 7
   */
  public static double between(RgbImage a, RgbImage b) {
    double[] window = new double[UNIFORM_SIDE];
    Arrays.fill(window, 1.0 / UNIFORM_SIDE);
    int samples = UNIFORM_SIDE * UNIFORM_SIDE;
    return mean(a, b, window, (double) samples / (samples - 1));
  }

  /**
   * With the paper's window: Gaussian, 11x11, standard deviation 1.5, weighted covariance
   * (scikit-image: {@code gaussian_weights=True, use_sample_covariance=False}).
   *
   * @return at most 1, which equal images have
   * @throws IllegalArgumentException if the sizes differ or a side is below 11
   */
  public static double gaussianBetween(RgbImage a, RgbImage b) {
    double[] window = new double[2 * GAUSSIAN_RADIUS + 1];
    double sum = 0;
    for (int i = 0; i < window.length; i++) {
      double distance = (i - GAUSSIAN_RADIUS) / GAUSSIAN_SIGMA;
      window[i] = Math.exp(-0.5 * distance * distance);
      sum += window[i];
    }
    for (int i = 0; i < window.length; i++) {
      window[i] /= sum;
    }
    return mean(a, b, window, 1);
  }

  private static double mean(RgbImage a, RgbImage b, double[] window, double covarianceFactor) {
    Sizes.checkEqual(a, b);
    if (Math.min(a.width(), a.height()) < window.length) {
      throw new IllegalArgumentException(
          "image of "
              + a.width()
              + "x"
              + a.height()
              + " is smaller than the SSIM window of "
              + window.length
              + "x"
              + window.length);
    }
    double sum = 0;
    for (int channel = 0; channel < 3; channel++) {
      sum += channelMean(a, b, channel, window, covarianceFactor);
    }
    return sum / 3;
  }

  private static double channelMean(
      RgbImage a, RgbImage b, int channel, double[] window, double covarianceFactor) {
    int width = a.width();
    int columns = width - window.length + 1;
    int rows = a.height() - window.length + 1;
    double[][] moments = new double[5][width];
    double sum = 0;
    for (int row = 0; row < rows; row++) {
      weighRows(a, b, channel, row, window, moments);
      for (int column = 0; column < columns; column++) {
        double x = weigh(moments[0], column, window);
        double y = weigh(moments[1], column, window);
        double varianceX = covarianceFactor * (weigh(moments[2], column, window) - x * x);
        double varianceY = covarianceFactor * (weigh(moments[3], column, window) - y * y);
        double covariance = covarianceFactor * (weigh(moments[4], column, window) - x * y);
        sum +=
            (2 * x * y + C1)
                * (2 * covariance + C2)
                / ((x * x + y * y + C1) * (varianceX + varianceY + C2));
      }
    }
    return sum / ((double) rows * columns);
  }

  /** The window down each column of the image: of x, y, x^2, y^2 and xy. */
  private static void weighRows(
      RgbImage a, RgbImage b, int channel, int row, double[] window, double[][] moments) {
    int width = a.width();
    for (double[] moment : moments) {
      Arrays.fill(moment, 0);
    }
    for (int i = 0; i < window.length; i++) {
      double w = window[i];
      int at = 3 * (row + i) * width + channel;
      for (int column = 0; column < width; column++, at += 3) {
        double x = a.rgb()[at] & 0xFF;
        double y = b.rgb()[at] & 0xFF;
        moments[0][column] += w * x;
        moments[1][column] += w * y;
        moments[2][column] += w * x * x;
        moments[3][column] += w * y * y;
        moments[4][column] += w * x * y;
      }
    }
  }

  private static double weigh(double[] values, int from, double[] window) {
    double sum = 0;
    for (int i = 0; i < window.length; i++) {
      sum += window[i] * values[from + i];
    }
    return sum;
  }
}
