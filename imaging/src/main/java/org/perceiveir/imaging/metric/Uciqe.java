package org.perceiveir.imaging.metric;

import java.util.Arrays;
import org.perceiveir.imaging.RgbImage;

/**
 * Underwater colour image quality evaluation (Yang and Sowmya 2015), without a reference image:
 *
 * <pre>  UCIQE = 0.4680 sigma_c + 0.2745 con_l + 0.2576 mu_s</pre>
 *
 * with sigma_c the spread of chroma, con_l the contrast of lightness between its 1 % and 99 %
 * points and mu_s the mean saturation, all in L*a*b*. Higher is better.
 *
 * <p>The paper leaves scales open, and public programs fill them in differently, some with slips.
 * Their figures do not compare with each other, so a figure must name its {@link Variant}. Each is
 * equal to its program within 1e-6.
 */
public final class Uciqe {
  private static final double CHROMA_WEIGHT = 0.4680;
  private static final double CONTRAST_WEIGHT = 0.2745;
  private static final double SATURATION_WEIGHT = 0.2576;

  /** Which public program is followed. */
  public enum Variant {
    /**
     * JOU-UIP/UCIQE, about 0.45..0.65: OpenCV's 8-bit Lab over 255 with a and b left at their
     * offset of 128, so that grey has chroma 0.71; sigma_c = sqrt(mean |1 - (mean c / c)^2|), con_l
     * by a histogram of 65536 bins, saturation c / sqrt(c^2 + L^2). The range of the figures in the
     * Perceive-IR paper.
     */
    JOU("uciqe_jou"),
    /**
     * 8-bit Lab over 255 as above, sigma_c the standard deviation, con_l between two sorted pixels,
     * saturation c / L (0 where L is 0); about 0.5..1.
     */
    LAB_8BIT("uciqe_lab8"),
    /**
     * scikit-image's Lab in its own units, sigma_c the standard deviation, saturation c / L (0
     * where either is 0); about 2..10. Its con_l takes every n-th of the sorted pixels, n being 1 %
     * of them, where the n outermost are meant: nearly 0 for every image, repeated here as it is.
     */
    LAB_FLOAT("uciqe_float_lab");

    private final String id;

    Variant(String id) {
      this.id = id;
    }

    /** The name used in reports. */
    public String id() {
      return id;
    }
  }

  private Uciqe() {}

  /** With the variant {@link Variant#JOU}. */
  public static double of(RgbImage image) {
    return of(image, Variant.JOU);
  }

  /**
   * Measures one image.
   *
   * @throws IllegalArgumentException if the variant is {@link Variant#LAB_FLOAT} and the image has
   *     50 pixels or less, of which its 1 % rounds to none
   */
  public static double of(RgbImage image, Variant variant) {
    return switch (variant) {
      case JOU -> jou(new Levels(image));
      case LAB_8BIT -> lab8(new Levels(image));
      case LAB_FLOAT -> labFloat(image);
    };
  }

  private static double weigh(double chroma, double contrast, double saturation) {
    return CHROMA_WEIGHT * chroma + CONTRAST_WEIGHT * contrast + SATURATION_WEIGHT * saturation;
  }

  private static double jou(Levels levels) {
    double[] chroma = levels.chroma;
    double meanChroma = mean(chroma);
    double spread = 0;
    double saturation = 0;
    for (int i = 0; i < chroma.length; i++) {
      double ratio = meanChroma / chroma[i];
      spread += Math.abs(1 - ratio * ratio);
      double lightness = levels.lightness(i) / 255.0;
      saturation += chroma[i] / Math.sqrt(chroma[i] * chroma[i] + lightness * lightness);
    }
    return weigh(
        Math.sqrt(spread / chroma.length),
        new LightnessBins(levels).contrast(),
        saturation / chroma.length);
  }

  private static double lab8(Levels levels) {
    double[] chroma = levels.chroma;
    double saturation = 0;
    for (int i = 0; i < chroma.length; i++) {
      double lightness = levels.lightness(i) / 255.0;
      saturation += lightness == 0 ? 0 : chroma[i] / lightness;
    }
    double high = levels.sortedLightness((int) (chroma.length * 0.99)) / 255.0;
    double low = levels.sortedLightness((int) (chroma.length * 0.01)) / 255.0;
    return weigh(deviation(chroma), high - low, saturation / chroma.length);
  }

  private static double labFloat(RgbImage image) {
    int pixels = image.width() * image.height();
    // Python rounds halves to the even number.
    int stride = (int) Math.rint(0.01 * pixels);
    if (stride < 1) {
      throw new IllegalArgumentException(
          "image of "
              + image.width()
              + "x"
              + image.height()
              + " is too small for "
              + Variant.LAB_FLOAT.id
              + ": it needs at least 51 pixels");
    }
    byte[] rgb = image.rgb();
    double[] chroma = new double[pixels];
    double[] lightness = new double[pixels];
    double saturation = 0;
    for (int i = 0, at = 0; i < pixels; i++, at += 3) {
      CieLab lab = CieLab.of(rgb[at] & 0xFF, rgb[at + 1] & 0xFF, rgb[at + 2] & 0xFF);
      chroma[i] = lab.chroma();
      lightness[i] = lab.lightness();
      saturation += lightness[i] == 0 ? 0 : chroma[i] / lightness[i];
    }
    Arrays.sort(lightness);
    double high = 0;
    double low = 0;
    int taken = 0;
    for (int i = 0; i < pixels; i += stride, taken++) {
      high += lightness[pixels - 1 - i];
      low += lightness[i];
    }
    return weigh(deviation(chroma), (high - low) / taken, saturation / pixels);
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static double deviation(double[] values) {
    double mean = mean(values);
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    return Math.sqrt(squares / values.length);
  }

  /** An image in OpenCV's 8-bit Lab: chroma in units of 255 levels, and how often each L occurs. */
  private static final class Levels {
    private final double[] chroma;
    private final byte[] lightness;
    private final int[] counts = new int[256];

    Levels(RgbImage image) {
      byte[] rgb = image.rgb();
      chroma = new double[rgb.length / 3];
      lightness = new byte[chroma.length];
      for (int i = 0, at = 0; i < chroma.length; i++, at += 3) {
        int lab = OpenCvLab.of(rgb[at] & 0xFF, rgb[at + 1] & 0xFF, rgb[at + 2] & 0xFF);
        double a = (lab >> 8 & 0xFF) / 255.0;
        double b = (lab & 0xFF) / 255.0;
        chroma[i] = Math.sqrt(a * a + b * b);
        lightness[i] = (byte) (lab >> 16);
        counts[lab >> 16]++;
      }
    }

    int lightness(int pixel) {
      return lightness[pixel] & 0xFF;
    }

    /** The level at a position of the sorted pixels. */
    int sortedLightness(int position) {
      int level = 0;
      for (int below = counts[0]; below <= position; below += counts[level]) {
        level++;
      }
      return level;
    }

    int lowest() {
      return sortedLightness(0);
    }

    int highest() {
      return sortedLightness(chroma.length - 1);
    }
  }

  /**
   * NumPy's histogram of L / 255 over 65536 equal bins between the lowest and the highest value.
   *
   * <p>A neighbouring bin would change the result by 4e-6, so the edges are rounded as NumPy rounds
   * them.
   */
  private static final class LightnessBins {
    private static final int BINS = 65536;

    private final Levels levels;
    private final double first;
    private final double last;

    LightnessBins(Levels levels) {
      this.levels = levels;
      // NumPy widens an empty range by one half on either side.
      double margin = levels.lowest() == levels.highest() ? 0.5 : 0;
      first = levels.lowest() / 255.0 - margin;
      last = levels.highest() / 255.0 + margin;
    }

    /** Distance of the first bins where the cumulated share exceeds 1 % and reaches 99 %. */
    double contrast() {
      double pixels = levels.chroma.length;
      int level = levels.lowest();
      int below = levels.counts[level];
      while (!(below / pixels > 0.01)) {
        below += levels.counts[++level];
      }
      int low = bin(level);
      while (!(below / pixels >= 0.99)) {
        below += levels.counts[++level];
      }
      return (bin(level) - 1.0) / (BINS - 1) - (low - 1.0) / (BINS - 1);
    }

    private int bin(int level) {
      double value = level / 255.0;
      int bin = Math.min((int) ((value - first) * (BINS / (last - first))), BINS - 1);
      if (value < edge(bin)) {
        return bin - 1;
      }
      return bin < BINS - 1 && value >= edge(bin + 1) ? bin + 1 : bin;
    }

    private double edge(int bin) {
      return bin == BINS ? last : first + bin * ((last - first) / BINS);
    }
  }
}
