package org.perceiveir.imaging.metric;

/**
 * CIE L*a*b* of sRGB as scikit-image's {@code rgb2lab} computes it in double precision: white D65
 * of the 2 degree observer, (0.95047, 1, 1.08883).
 *
 * @param lightness L in 0..100
 * @param a green to red, about -86..98
 * @param b blue to yellow, about -108..94
 */
record CieLab(double lightness, double a, double b) {
  private static final double[] LINEAR = linearLight();

  /** Of samples in 0..255. */
  static CieLab of(int red, int green, int blue) {
    double r = LINEAR[red];
    double g = LINEAR[green];
    double bl = LINEAR[blue];
    double fx = root((0.412453 * r + 0.357580 * g + 0.180423 * bl) / 0.95047);
    double fy = root(0.212671 * r + 0.715160 * g + 0.072169 * bl);
    double fz = root((0.019334 * r + 0.119193 * g + 0.950227 * bl) / 1.08883);
    return new CieLab(116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz));
  }

  double chroma() {
    return Math.sqrt(a * a + b * b);
  }

  private static double root(double t) {
    return t > 0.008856 ? StrictMath.cbrt(t) : 7.787 * t + 16.0 / 116;
  }

  private static double[] linearLight() {
    double[] table = new double[256];
    for (int i = 0; i < table.length; i++) {
      table[i] = SrgbGamma.toLinear(i / 255.0);
    }
    return table;
  }
}
