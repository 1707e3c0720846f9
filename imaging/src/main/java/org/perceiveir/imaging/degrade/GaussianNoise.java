package org.perceiveir.imaging.degrade;

import org.perceiveir.imaging.RgbImage;

/**
 * Additive white Gaussian noise on each sample, as the all-in-one restoration papers make it
 * (AirNet, PromptIR, Perceive-IR): clipped to 0..255, then truncated to a byte.
 *
 * <pre>  I = trunc(clip(J + sigma n, 0, 255)),   n ~ N(0, 1) per pixel and channel</pre>
 *
 * @param sigma standard deviation in 8-bit units, 0 to 255; the papers use 15, 25 and 50
 */
public record GaussianNoise(double sigma) implements TaskDegradation {
  /** Checks the range of sigma. */
  public GaussianNoise {
    Strengths.check("sigma", sigma, 0, 255);
  }

  @Override
  public DegradationType type() {
    return DegradationType.NOISE;
  }

  @Override
  public RgbImage apply(RgbImage clean, long seed, long frame) {
    Draws draws = Draws.ofMoment(type(), seed, frame);
    byte[] in = clean.rgb();
    byte[] out = new byte[in.length];
    float scale = (float) sigma;
    for (int i = 0; i < in.length; i++) {
      float noisy = (in[i] & 0xFF) + scale * draws.gaussian();
      out[i] = (byte) Math.max(0, Math.min(255, (int) noisy));
    }
    return RgbImage.wrap(clean.width(), clean.height(), out);
  }

  @Override
  public GaussianNoise weakened(double factor) {
    return new GaussianNoise(sigma * factor);
  }

  @Override
  public String notation() {
    return Notation.print(type(), sigma);
  }

  @Override
  public String toString() {
    return "Gaussian noise, sigma " + Strengths.show(sigma);
  }
}
