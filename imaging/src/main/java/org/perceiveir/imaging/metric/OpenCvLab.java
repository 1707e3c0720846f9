package org.perceiveir.imaging.metric;

/**
 * CIE L*a*b* as OpenCV gives it for 8-bit RGB ({@code COLOR_RGB2LAB} on {@code uint8}): L scaled
 * from 0..100 to 0..255, a and b shifted by 128, each rounded to a byte.
 *
 * <h2>Why not the formula</h2>
 *
 * <p>OpenCV computes it in integers, by tables, and is off the rounded formula by one level for
 * some colours. Metrics that other people report are made of these levels, so the integers are
 * repeated here step by step:
 *
 * <ol>
 *   <li>sRGB to linear light in steps of 1/2040 (a table of 256),
 *   <li>to X/Xn, Y, Z/Zn by weights of 12 fractional bits, white (0.950456, 1, 1.088754),
 *   <li>f(t) = cbrt(t), or 841/108 t + 16/116 up to t = 216/24389, in 15 fractional bits (a table
 *       in steps of 1/2040),
 *   <li>L = 2.96 fY - 0.408, a = 500 (fX - fY) + 128, b = 200 (fY - fZ) + 128 in these integers.
 * </ol>
 *
 * <p>Source of the constants: OpenCV, {@code modules/imgproc/src/color_lab.cpp}, {@code RGB2Lab_b}
 * (Apache-2.0). Equal to OpenCV for each of the 2^24 colours.
 */
final class OpenCvLab {
  private static final int LINEAR_STEPS = 255 << 3;
  private static final int WEIGHT_BITS = 12;
  private static final int ROOT_BITS = 15;
  private static final float LINEAR_BELOW = 216f / 24389f;

  /** Rows X, Y, Z; columns R, G, B. */
  private static final double[] XYZ_OF_RGB = {
    0.412453, 0.357580, 0.180423, 0.212671, 0.715160, 0.072169, 0.019334, 0.119193, 0.950227
  };

  private static final double[] WHITE = {0.950456, 1, 1.088754};

  private static final int[] LINEAR = linearLight();
  private static final int[] WEIGHTS = weights();
  private static final int[] ROOT = roots();

  /** 116 * 255 / 100, rounded. */
  private static final int L_SCALE = (116 * 255 + 50) / 100;

  private static final int L_OFFSET = -((16 * 255 * (1 << ROOT_BITS) + 50) / 100);
  private static final int MIDDLE = 128 << ROOT_BITS;

  private OpenCvLab() {}

  /**
   * Converts one colour.
   *
   * @param red 0..255, as green and blue are
   * @return {@code L << 16 | a << 8 | b}, each 0..255
   */
  static int of(int red, int green, int blue) {
    int r = LINEAR[red];
    int g = LINEAR[green];
    int b = LINEAR[blue];
    int fx = ROOT[descale(r * WEIGHTS[0] + g * WEIGHTS[1] + b * WEIGHTS[2], WEIGHT_BITS)];
    int fy = ROOT[descale(r * WEIGHTS[3] + g * WEIGHTS[4] + b * WEIGHTS[5], WEIGHT_BITS)];
    int fz = ROOT[descale(r * WEIGHTS[6] + g * WEIGHTS[7] + b * WEIGHTS[8], WEIGHT_BITS)];
    return level(L_SCALE * fy + L_OFFSET) << 16
        | level(500 * (fx - fy) + MIDDLE) << 8
        | level(200 * (fy - fz) + MIDDLE);
  }

  private static int level(int scaled) {
    return Math.max(0, Math.min(255, descale(scaled, ROOT_BITS)));
  }

  private static int descale(int scaled, int bits) {
    return (scaled + (1 << (bits - 1))) >> bits;
  }

  private static int[] linearLight() {
    int[] table = new int[256];
    for (int i = 0; i < table.length; i++) {
      float linear = (float) SrgbGamma.toLinear(i / 255f);
      table[i] = (int) Math.rint(LINEAR_STEPS * linear);
    }
    return table;
  }

  private static int[] weights() {
    int[] table = new int[9];
    for (int i = 0; i < table.length; i++) {
      table[i] = (int) Math.round((1 << WEIGHT_BITS) * XYZ_OF_RGB[i] / WHITE[i / 3]);
    }
    return table;
  }

  /** Up to a little more than 1, to which the rounded weights of a row may add up. */
  private static int[] roots() {
    int[] table = new int[LINEAR_STEPS + 8];
    float step = 1f / LINEAR_STEPS;
    for (int i = 0; i < table.length; i++) {
      float t = step * i;
      double f =
          t < LINEAR_BELOW
              ? (float) (t * (double) (841f / 108f) + 16f / 116f)
              : cutToFloat(StrictMath.cbrt(t));
      table[i] = (int) Math.rint((1 << ROOT_BITS) * f);
    }
    return table;
  }

  /** OpenCV's own cube root does not round its last bit, which decides one level of L. */
  private static float cutToFloat(double value) {
    float nearest = (float) value;
    return nearest > value ? Math.nextDown(nearest) : nearest;
  }
}
