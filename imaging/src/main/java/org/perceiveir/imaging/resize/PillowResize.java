package org.perceiveir.imaging.resize;

import org.perceiveir.imaging.RgbImage;

/**
 * Pillow's {@code Image.resize} on 8-bit RGB, to the bit: antialiased, columns first, rounded to 8
 * bits after each axis, with weights of 22 fractional bits.
 *
 * <p>Public figures depend on this rounding: CLIP prepares image files with it, and UIQM is
 * commonly reported after it.
 */
public final class PillowResize {
  /** How far a pixel reaches; both widen with the scale when the image shrinks. */
  public enum Kernel {
    /** Triangle; {@code Image.BILINEAR}. */
    BILINEAR,
    /** Keys' cubic with a = -0.5; {@code Image.BICUBIC}. */
    BICUBIC
  }

  private static final int FRACTION_BITS = 22;

  private PillowResize() {}

  /**
   * Resizes an image.
   *
   * @param width columns of the result, at least 1
   * @param height rows of the result, at least 1
   * @throws IllegalArgumentException if a size is below 1, or the result or the image between the
   *     two passes has more bytes than an array
   */
  public static RgbImage apply(RgbImage image, int width, int height, Kernel kernel) {
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException(
          "resize to " + width + "x" + height + " pixels: both sides must be at least 1");
    }
    if (3L * width * Math.max(height, image.height()) > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "resize of "
              + image.width()
              + "x"
              + image.height()
              + " to "
              + width
              + "x"
              + height
              + " pixels needs more bytes than an array holds: cut the image first");
    }
    byte[] rgb = image.rgb();
    if (width != image.width()) {
      rgb = resample(rgb, image.width(), width, image.height(), 3, 3 * image.width(), kernel);
    }
    if (height != image.height()) {
      rgb = resampleRows(rgb, width, image.height(), height, kernel);
    }
    return RgbImage.wrap(width, height, rgb);
  }

  /** Along the columns of each of {@code lines} rows. */
  private static byte[] resample(
      byte[] source, int in, int out, int lines, int pixelStride, int lineStride, Kernel kernel) {
    byte[] target = new byte[out * lines * pixelStride];
    for (int i = 0; i < out; i++) {
      Taps taps = Taps.of(i, in, out, kernel);
      for (int line = 0; line < lines; line++) {
        for (int c = 0; c < pixelStride; c++) {
          int from = line * lineStride + taps.first * pixelStride + c;
          target[(line * out + i) * pixelStride + c] = taps.sum(source, from, pixelStride);
        }
      }
    }
    return target;
  }

  private static byte[] resampleRows(byte[] source, int width, int in, int out, Kernel kernel) {
    // A row is one pixel of many channels: the rows are then the columns of a single line.
    int stride = 3 * width;
    return resample(source, in, out, 1, stride, stride * in, kernel);
  }

  /** The fixed-point weights of one output pixel. */
  private static final class Taps {
    private final int first;
    private final int[] weights;

    private Taps(int first, int[] weights) {
      this.first = first;
      this.weights = weights;
    }

    static Taps of(int i, int in, int out, Kernel kernel) {
      double scale = (double) in / out;
      double stretch = Math.max(scale, 1);
      boolean cubic = kernel == Kernel.BICUBIC;
      double support = (cubic ? 2 : 1) * stretch;
      double centre = (i + 0.5) * scale;
      int first = Math.max((int) (centre - support + 0.5), 0);
      int end = Math.min((int) (centre + support + 0.5), in);
      double[] values = new double[end - first];
      double sum = 0;
      for (int k = 0; k < values.length; k++) {
        double t = Math.abs((k + first - centre + 0.5) / stretch);
        values[k] = cubic ? cubic(t) : Math.max(1 - t, 0);
        sum += values[k];
      }
      int[] weights = new int[values.length];
      for (int k = 0; k < values.length; k++) {
        double scaled = values[k] / sum * (1 << FRACTION_BITS);
        weights[k] = (int) (scaled < 0 ? scaled - 0.5 : scaled + 0.5);
      }
      return new Taps(first, weights);
    }

    /** Keys' cubic with a = -0.5. */
    private static double cubic(double t) {
      if (t < 1) {
        return (1.5 * t - 2.5) * t * t + 1;
      }
      return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
    }

    byte sum(byte[] source, int from, int stride) {
      int sum = 1 << (FRACTION_BITS - 1);
      for (int k = 0; k < weights.length; k++) {
        sum += (source[from + k * stride] & 0xff) * weights[k];
      }
      return (byte) Math.max(0, Math.min(255, sum >> FRACTION_BITS));
    }
  }
}
