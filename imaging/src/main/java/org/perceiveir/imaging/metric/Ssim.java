package org.perceiveir.imaging.metric;

import java.util.Arrays;
import org.perceiveir.imaging.RgbImage;

/**
 * Structural similarity (Wang et al. 2004) on 8-bit images with data range 255, over windows that
 * lie wholly in the image. On RGB, as scikit-image computes it: each channel by itself, the mean of
 * the three.
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

  /** Where the samples of one row come from: a colour channel, or luma. */
  private interface Plane {
    void readRow(RgbImage image, int row, double[] samples);
  }

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
    return meanOfChannels(a, b, window, (double) samples / (samples - 1));
  }

  /**
   * With the paper's window: Gaussian, 11x11, standard deviation 1.5, weighted covariance
   * (scikit-image: {@code gaussian_weights=True, use_sample_covariance=False}).
   *
   * @return at most 1, which equal images have
   * @throws IllegalArgumentException if the sizes differ or a side is below 11
   */
  public static double gaussianBetween(RgbImage a, RgbImage b) {
    return meanOfChannels(a, b, gaussianWindow(), 1);
  }

  /**
   * On the luma channel Y (16..235) with the paper's window, as BasicSR computes it with {@code
   * test_y_channel}.
   *
   * @return at most 1, which images of equal luma have
   * @throws IllegalArgumentException if the sizes differ or a side is below 11
   */
  public static double lumaBetween(RgbImage a, RgbImage b) {
    double[] window = gaussianWindow();
    checkSizes(a, b, window);
    return planeMean(a, b, Luma::readRow, window, 1);
  }

  private static double[] gaussianWindow() {
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
    return window;
  }

  private static double meanOfChannels(
      RgbImage a, RgbImage b, double[] window, double covarianceFactor) {
    checkSizes(a, b, window);
    double sum = 0;
    for (int c = 0; c < 3; c++) {
      int channel = c;
      Plane plane = (image, row, samples) -> readRow(image, channel, row, samples);
      sum += planeMean(a, b, plane, window, covarianceFactor);
    }
    return sum / 3;
  }

  private static void readRow(RgbImage image, int channel, int row, double[] samples) {
    byte[] rgb = image.rgb();
    int at = 3 * row * image.width() + channel;
    for (int x = 0; x < image.width(); x++, at += 3) {
      samples[x] = rgb[at] & 0xFF;
    }
  }

  private static void checkSizes(RgbImage a, RgbImage b, double[] window) {
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
  }

  private static double planeMean(
      RgbImage a, RgbImage b, Plane plane, double[] window, double covarianceFactor) {
    int width = a.width();
    int columns = width - window.length + 1;
    int rows = a.height() - window.length + 1;
    double[][] moments = new double[5][width];
    double[] rowA = new double[width];
    double[] rowB = new double[width];
    double sum = 0;
    for (int row = 0; row < rows; row++) {
      for (double[] moment : moments) {
        Arrays.fill(moment, 0);
      }
      for (int i = 0; i < window.length; i++) {
        plane.readRow(a, row + i, rowA);
        plane.readRow(b, row + i, rowB);
        addMoments(rowA, rowB, window[i], moments);
      }
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

  /** Adds one row of the window to each column: of x, y, x^2, y^2 and xy. */
  private static void addMoments(double[] rowA, double[] rowB, double w, double[][] moments) {
    for (int column = 0; column < rowA.length; column++) {
      double x = rowA[column];
      double y = rowB[column];
      moments[0][column] += w * x;
      moments[1][column] += w * y;
      moments[2][column] += w * x * x;
      moments[3][column] += w * y * y;
      moments[4][column] += w * x * y;
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
