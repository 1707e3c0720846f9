package org.perceiveir.imaging.degrade;

import org.perceiveir.imaging.RgbImage;

/**
 * Low light: a gamma curve and a linear gain (the darkening of Lv et al. 2021, after LLNet, Lore et
 * al. 2017), then the Poisson-Gaussian noise of a sensor (Foi et al. 2008), its Poisson part in the
 * normal approximation.
 *
 * <pre>
 *   D = gain J^gamma,   I = clip(D + sqrt(shot D + read^2) n),   n ~ N(0, 1), J in 0..1
 * </pre>
 *
 * @param gamma exponent of the darkening curve, 1 to 5; darkens shadows more than lights
 * @param gain share of the light that is left, 0.01 to 1
 * @param shot variance of the photon noise per unit of signal, 0 to 0.1 (0.001: 1000 photons fill a
 *     pixel)
 * @param read standard deviation of the read noise as a share of full scale, 0 to 0.1
 */
public record LowLight(double gamma, double gain, double shot, double read)
    implements TaskDegradation {
  /** Checks the ranges. */
  public LowLight {
    Strengths.check("gamma", gamma, 1, 5);
    Strengths.check("gain", gain, 0.01, 1);
    Strengths.check("shot", shot, 0, 0.1);
    Strengths.check("read", read, 0, 0.1);
  }

  @Override
  public DegradationType type() {
    return DegradationType.LOW_LIGHT;
  }

  @Override
  public RgbImage apply(RgbImage clean, long seed, long frame) {
    float[] mean = new float[256];
    float[] deviation = new float[256];
    for (int v = 0; v < 256; v++) {
      double dark = gain * StrictMath.pow(v / 255.0, gamma);
      mean[v] = (float) (255 * dark);
      deviation[v] = (float) (255 * StrictMath.sqrt(shot * dark + read * read));
    }
    Draws draws = Draws.ofMoment(type(), seed, frame);
    byte[] in = clean.rgb();
    byte[] out = new byte[in.length];
    for (int i = 0; i < in.length; i++) {
      int v = in[i] & 0xFF;
      out[i] = Strengths.toByte(mean[v] + deviation[v] * draws.gaussian());
    }
    return RgbImage.wrap(clean.width(), clean.height(), out);
  }

  @Override
  public LowLight weakened(double factor) {
    return new LowLight(
        1 + (gamma - 1) * factor, 1 - (1 - gain) * factor, shot * factor, read * factor);
  }

  @Override
  public String notation() {
    return Notation.print(type(), gamma, gain, shot, read);
  }

  @Override
  public String toString() {
    return "low light, gamma "
        + Strengths.show(gamma)
        + ", gain "
        + Strengths.show(gain)
        + ", shot noise "
        + Strengths.show(shot)
        + ", read noise "
        + Strengths.show(read);
  }
}
