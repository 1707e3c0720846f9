package org.perceiveir.imaging.degrade;

import org.perceiveir.imaging.RgbImage;

/**
 * Haze by the atmospheric scattering model (Koschmieder; McCartney 1976; the model behind RESIDE,
 * Li et al. 2019).
 *
 * <pre>  I(x) = J(x) t(x) + A (1 - t(x)),   t(x) = exp(-beta d(x))</pre>
 *
 * <p>The depth d is a smooth random field in 0..1 drawn from the seed: two octaves of value noise
 * with cells of 256 and 128 pixels. A training crop therefore sees nearly one depth, as it does in
 * a hazy photograph; a whole photograph sees near and far regions.
 *
 * @param airlight A, the colour of the haze as a grey in 0..1; RESIDE draws 0.7 to 1
 * @param beta scattering coefficient times the scene's depth range, 0 to 4: transmission at the far
 *     end is exp(-beta)
 */
public record Haze(double airlight, double beta) implements TaskDegradation {
  private static final int CELL = 256;
  private static final int EXP_STEPS = 1024;
  private static final double MAX_BETA = 4;
  private static final float[] EXP = new float[(int) (MAX_BETA * EXP_STEPS) + 2];

  static {
    for (int i = 0; i < EXP.length; i++) {
      EXP[i] = (float) StrictMath.exp(-(double) i / EXP_STEPS);
    }
  }

  /** Checks the ranges. */
  public Haze {
    Strengths.check("airlight", airlight, 0, 1);
    Strengths.check("beta", beta, 0, MAX_BETA);
  }

  @Override
  public DegradationType type() {
    return DegradationType.HAZE;
  }

  @Override
  public RgbImage apply(RgbImage clean, long seed, long frame) {
    Draws draws = Draws.ofScene(type(), seed);
    SmoothField coarse = new SmoothField(draws.nextLong(), CELL, clean.width());
    SmoothField fine = new SmoothField(draws.nextLong(), CELL / 2, clean.width());
    byte[] in = clean.rgb();
    byte[] out = new byte[in.length];
    float veil = (float) (255 * airlight);
    float steps = (float) (beta * EXP_STEPS);
    int i = 0;
    for (int y = 0; y < clean.height(); y++) {
      coarse.toRow(y);
      fine.toRow(y);
      for (int x = 0; x < clean.width(); x++) {
        float depth = 0.75f * coarse.at(x) + 0.25f * fine.at(x);
        float position = steps * depth;
        int index = (int) position;
        float t = EXP[index] + (position - index) * (EXP[index + 1] - EXP[index]);
        float added = veil * (1 - t);
        for (int c = 0; c < 3; c++, i++) {
          out[i] = Strengths.toByte((in[i] & 0xFF) * t + added);
        }
      }
    }
    return RgbImage.wrap(clean.width(), clean.height(), out);
  }

  @Override
  public Haze weakened(double factor) {
    return new Haze(airlight, beta * factor);
  }

  @Override
  public String notation() {
    return Notation.print(type(), airlight, beta);
  }

  @Override
  public String toString() {
    return "haze, airlight "
        + Strengths.show(airlight)
        + ", beta "
        + Strengths.show(beta)
        + ", smooth random depth in 0..1";
  }
}
