package org.perceiveir.imaging.metric;

import java.util.Arrays;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.resize.PillowResize;

/**
 * Underwater image quality measure (Panetta, Gao and Agaian 2016), without a reference image:
 *
 * <pre>  UIQM = 0.0282 UICM + 0.2953 UISM + 3.5753 UIConM</pre>
 *
 * <p>Computed as the utility of FUnIE-GAN (Islam et al. 2020) does; its block counts are divided as
 * Python 2 divides integers. Equal to it within 1e-6, except for images that it gives no number
 * for: a channel without an edge, where it divides by zero, counts as having no sharpness here.
 *
 * <p>A block counts by the logarithm of its extremes, so that the figure depends on the size of the
 * image: {@link #of} and {@link #ofResized} do not compare.
 *
 * @param uicm colourfulness: -0.0268 |mu| + 0.1586 sqrt(variances) of the opponent colours R - G
 *     and (R + G) / 2 - B, means alpha-trimmed by 10 % at both ends
 * @param uism sharpness: each channel's Sobel magnitude (scaled to 255 at most) times the channel,
 *     mean over 10x10 blocks of 2 ln(max / min), a block with a zero in it counting 0; channels
 *     weighted 0.299, 0.587, 0.144 (the utility's number, where luma has 0.114)
 * @param uiconm contrast: mean over 10x10 blocks of -w ln w, w = (max - min) / (max + min) over the
 *     three channels, a flat block counting 0
 */
public record Uiqm(double uicm, double uism, double uiconm) {
  private static final int BLOCK = 10;
  private static final int RESIZED = 256;

  /**
   * Measures at the image's own size.
   *
   * @throws IllegalArgumentException if a side is below 10
   */
  public static Uiqm of(RgbImage image) {
    if (Math.min(image.width(), image.height()) < BLOCK) {
      throw new IllegalArgumentException(
          "image of "
              + image.width()
              + "x"
              + image.height()
              + " is smaller than a UIQM block of "
              + BLOCK
              + "x"
              + BLOCK);
    }
    return new Uiqm(colourfulness(image), sharpness(image), contrast(image));
  }

  /**
   * Measures after a resize to 256x256, as FUnIE-GAN's own script does (Pillow's default, bicubic).
   */
  public static Uiqm ofResized(RgbImage image) {
    return of(PillowResize.apply(image, RESIZED, RESIZED, PillowResize.Kernel.BICUBIC));
  }

  /** UIQM; higher is better, about 1..4. */
  public double value() {
    return 0.0282 * uicm + 0.2953 * uism + 3.5753 * uiconm;
  }

  private static double colourfulness(RgbImage image) {
    Opponent redGreen = new Opponent(255);
    Opponent yellowBlue = new Opponent(510);
    byte[] rgb = image.rgb();
    for (int i = 0; i < rgb.length; i += 3) {
      int r = rgb[i] & 0xFF;
      int g = rgb[i + 1] & 0xFF;
      int b = rgb[i + 2] & 0xFF;
      redGreen.add(r - g);
      yellowBlue.add(r + g - 2 * b);
    }
    int pixels = rgb.length / 3;
    double meanRedGreen = redGreen.trimmedMean(pixels);
    // Counted in halves, to stay with integers.
    double meanYellowBlue = yellowBlue.trimmedMean(pixels);
    double varianceRedGreen = redGreen.meanSquareAround(meanRedGreen, pixels);
    double varianceYellowBlue = yellowBlue.meanSquareAround(meanYellowBlue, pixels) / 4;
    double mean = Math.hypot(meanRedGreen, meanYellowBlue / 2);
    return -0.0268 * mean + 0.1586 * Math.sqrt(varianceRedGreen + varianceYellowBlue);
  }

  /** How often each value of an opponent colour occurs. */
  private static final class Opponent {
    private final int bound;
    private final int[] counts;

    Opponent(int bound) {
      this.bound = bound;
      this.counts = new int[2 * bound + 1];
    }

    void add(int value) {
      counts[value + bound]++;
    }

    /**
     * Mean without the tenth at either end; the utility leaves one more of the low end out of the
     * sum, though not out of the number that it divides by.
     */
    double trimmedMean(int pixels) {
      int low = (int) Math.ceil(0.1 * pixels);
      int high = (int) Math.floor(0.1 * pixels);
      long sum = 0;
      long position = 0;
      for (int i = 0; i < counts.length; i++) {
        long from = Math.max(position, low + 1L);
        position += counts[i];
        long to = Math.min(position, (long) pixels - high);
        sum += Math.max(0, to - from) * (i - bound);
      }
      return (double) sum / (pixels - low - high);
    }

    double meanSquareAround(double mean, int pixels) {
      double sum = 0;
      for (int i = 0; i < counts.length; i++) {
        double difference = i - bound - mean;
        sum += counts[i] * difference * difference;
      }
      return sum / pixels;
    }
  }

  private static double sharpness(RgbImage image) {
    return 0.299 * channelSharpness(image, 0)
        + 0.587 * channelSharpness(image, 1)
        + 0.144 * channelSharpness(image, 2);
  }

  private static double channelSharpness(RgbImage image, int channel) {
    int columns = image.width() / BLOCK;
    int rows = image.height() / BLOCK;
    double sum = 0;
    double[] low = new double[columns];
    double[] high = new double[columns];
    for (int row = 0; row < rows; row++) {
      Arrays.fill(low, Double.POSITIVE_INFINITY);
      Arrays.fill(high, 0);
      for (int y = row * BLOCK; y < (row + 1) * BLOCK; y++) {
        for (int x = 0; x < columns * BLOCK; x++) {
          // The scaling to 255 cancels in max / min.
          double edge = sobel(image, channel, x, y) * sample(image, channel, x, y);
          int block = x / BLOCK;
          low[block] = Math.min(low[block], edge);
          high[block] = Math.max(high[block], edge);
        }
      }
      for (int block = 0; block < columns; block++) {
        sum += low[block] == 0 ? 0 : Math.log(high[block] / low[block]);
      }
    }
    return 2 * sum / (columns * rows);
  }

  /** Magnitude of Sobel's gradient, the edge pixels repeated beyond the border. */
  private static double sobel(RgbImage image, int channel, int x, int y) {
    int left = Math.max(x - 1, 0);
    int right = Math.min(x + 1, image.width() - 1);
    int above = Math.max(y - 1, 0);
    int below = Math.min(y + 1, image.height() - 1);
    int topLeft = sample(image, channel, left, above);
    int topRight = sample(image, channel, right, above);
    int bottomLeft = sample(image, channel, left, below);
    int bottomRight = sample(image, channel, right, below);
    int down =
        bottomLeft
            + 2 * sample(image, channel, x, below)
            + bottomRight
            - topLeft
            - 2 * sample(image, channel, x, above)
            - topRight;
    int across =
        topRight
            + 2 * sample(image, channel, right, y)
            + bottomRight
            - topLeft
            - 2 * sample(image, channel, left, y)
            - bottomLeft;
    return Math.sqrt((double) down * down + (double) across * across);
  }

  private static int sample(RgbImage image, int channel, int x, int y) {
    return image.rgb()[3 * (y * image.width() + x) + channel] & 0xFF;
  }

  private static double contrast(RgbImage image) {
    int columns = image.width() / BLOCK;
    int rows = image.height() / BLOCK;
    double sum = 0;
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        sum += blockContrast(image, column * BLOCK, row * BLOCK);
      }
    }
    return -sum / (columns * rows);
  }

  private static double blockContrast(RgbImage image, int left, int top) {
    int low = 255;
    int high = 0;
    for (int y = top; y < top + BLOCK; y++) {
      int at = 3 * (y * image.width() + left);
      for (int i = at; i < at + 3 * BLOCK; i++) {
        int value = image.rgb()[i] & 0xFF;
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
    if (high == low) {
      return 0;
    }
    double w = (double) (high - low) / (high + low);
    return w * Math.log(w);
  }
}
