package org.perceiveir.imaging.degrade;

import org.perceiveir.imaging.RgbImage;

/**
 * Rain as a layer of bright streaks added to the image (the composition I = J + S of Yang et al.
 * 2017, behind Rain100L and Rain100H; streaks as motion-blurred drops after Garg and Nayar 2006).
 *
 * <pre>  I = clip(J + S, 0, 255),   S = sum over drops of 255 b l(along / length) g(across / width)
 * </pre>
 *
 * <p>Drops are spread evenly at random, their number per pixel is {@code density}. Each streak has
 * a Gaussian cross-section g and a flat-topped profile l with soft ends. The seed draws the wind
 * (the angle from the vertical, -30 to 30 degrees, shared by the image) and for each drop a jitter
 * of the angle (4 degrees), its length, width and brightness (0.5 to 1.5 times the parameters).
 *
 * @param density drops per 1000 pixels, 0 to 20
 * @param length mean length of a streak in pixels, 1 to 200
 * @param width mean standard deviation of the cross-section in pixels, 0.3 to 5
 * @param brightness mean peak b of a streak as a share of full scale, 0 to 1
 */
public record RainStreaks(double density, double length, double width, double brightness)
    implements TaskDegradation {
  private static final double MAX_WIND_DEGREES = 30;
  private static final double ANGLE_JITTER_DEGREES = 4;

  /** The cross-section ends here, in standard deviations. */
  private static final int REACH = 3;

  private static final int PROFILE_STEPS = 64;
  private static final float[] CROSS_SECTION = new float[REACH * PROFILE_STEPS + 2];

  static {
    for (int i = 0; i < CROSS_SECTION.length; i++) {
      double u = (double) i / PROFILE_STEPS;
      CROSS_SECTION[i] = u >= REACH ? 0 : (float) StrictMath.exp(-0.5 * u * u);
    }
  }

  /** Checks the ranges. */
  public RainStreaks {
    Strengths.check("density", density, 0, 20);
    Strengths.check("length", length, 1, 200);
    Strengths.check("width", width, 0.3, 5);
    Strengths.check("brightness", brightness, 0, 1);
  }

  @Override
  public DegradationType type() {
    return DegradationType.RAIN;
  }

  @Override
  public RgbImage apply(RgbImage clean, long seed, long frame) {
    double wind = Draws.ofScene(type(), seed).uniform(-MAX_WIND_DEGREES, MAX_WIND_DEGREES);
    float[] layer = layer(clean.width(), clean.height(), wind, Draws.ofMoment(type(), seed, frame));
    byte[] in = clean.rgb();
    byte[] out = new byte[in.length];
    for (int p = 0, i = 0; p < layer.length; p++) {
      float light = layer[p];
      for (int c = 0; c < 3; c++, i++) {
        out[i] = Strengths.toByte((in[i] & 0xFF) + light);
      }
    }
    return RgbImage.wrap(clean.width(), clean.height(), out);
  }

  /** S, in 8-bit units, one value a pixel. */
  private float[] layer(int imageWidth, int imageHeight, double wind, Draws draws) {
    float[] layer = new float[imageWidth * imageHeight];
    // Drops outside the image whose streaks reach into it count as well: without this margin the
    // density would fall off towards the borders, and small crops would see less rain.
    double margin = 0.75 * length + REACH * 1.5 * width + 1;
    double area = (imageWidth + 2 * margin) * (imageHeight + 2 * margin);
    double expected = density / 1000 * area;
    long drops = (long) (expected + draws.uniform(0, 1));
    for (long d = 0; d < drops; d++) {
      double x = draws.uniform(-margin, imageWidth + margin);
      double y = draws.uniform(-margin, imageHeight + margin);
      double angle = wind + draws.uniform(-ANGLE_JITTER_DEGREES, ANGLE_JITTER_DEGREES);
      double streakLength = length * draws.uniform(0.5, 1.5);
      double sigma = width * draws.uniform(0.5, 1.5);
      double peak = 255 * brightness * draws.uniform(0.5, 1.5);
      draw(layer, imageWidth, imageHeight, x, y, angle, streakLength, sigma, peak);
    }
    return layer;
  }

  private static void draw(
      float[] layer,
      int imageWidth,
      int imageHeight,
      double centreX,
      double centreY,
      double angleDegrees,
      double streakLength,
      double sigma,
      double peak) {
    double radians = StrictMath.toRadians(angleDegrees);
    double sin = StrictMath.sin(radians);
    double cos = StrictMath.cos(radians);
    double halfLength = 0.5 * streakLength;
    double softEnd = Math.max(1, 0.25 * streakLength);
    double halfHeight = halfLength * cos;
    double halfSpan = REACH * sigma / cos;
    int top = Math.max(0, (int) Math.ceil(centreY - halfHeight));
    int bottom = Math.min(imageHeight - 1, (int) Math.floor(centreY + halfHeight));
    for (int y = top; y <= bottom; y++) {
      double along = (y - centreY) / cos;
      double x = centreX + along * sin;
      float light = (float) (peak * Math.min(1, (halfLength - Math.abs(along)) / softEnd));
      int left = Math.max(0, (int) Math.ceil(x - halfSpan));
      int right = Math.min(imageWidth - 1, (int) Math.floor(x + halfSpan));
      float stepsPerPixel = (float) (cos / sigma * PROFILE_STEPS);
      for (int px = left; px <= right; px++) {
        float position = Math.abs((float) (px - x)) * stepsPerPixel;
        layer[y * imageWidth + px] +=
            light * CROSS_SECTION[Math.min((int) position, CROSS_SECTION.length - 1)];
      }
    }
  }

  @Override
  public RainStreaks weakened(double factor) {
    return new RainStreaks(density * factor, length, width, brightness);
  }

  @Override
  public String notation() {
    return Notation.print(type(), density, length, width, brightness);
  }

  @Override
  public String toString() {
    return "rain streaks, "
        + Strengths.show(density)
        + " drops per 1000 pixels, length "
        + Strengths.show(length)
        + ", width "
        + Strengths.show(width)
        + ", brightness "
        + Strengths.show(brightness);
  }
}
