package org.perceiveir.imaging.degrade;

import java.util.Arrays;
import org.perceiveir.imaging.RgbImage;

/**
 * Linear motion blur: the image convolved with a straight segment, as a camera or an object moving
 * steadily during the exposure makes it (point spread function of Potmesil and Chakravarty 1983).
 *
 * <pre>  I(x) = integral over s in -1/2..1/2 of J(x + s length (cos a, sin a)) ds</pre>
 *
 * <p>The segment has sub-pixel length and direction: 16 points a pixel are spread bilinearly over a
 * kernel that sums to one. Pixels beyond the border repeat the edge. The seed draws the angle a
 * from all directions.
 *
 * @param length extent of the motion in pixels, 0 to 100
 */
public record MotionBlur(double length) implements TaskDegradation {
  private static final int POINTS_PER_PIXEL = 16;

  /** Checks the range of the length. */
  public MotionBlur {
    Strengths.check("length", length, 0, 100);
  }

  @Override
  public DegradationType type() {
    return DegradationType.BLUR;
  }

  @Override
  public RgbImage apply(RgbImage clean, long seed, long frame) {
    double angle = Draws.ofScene(type(), seed).uniform(0, StrictMath.PI);
    return Kernel.of(length, angle).convolve(clean);
  }

  @Override
  public MotionBlur weakened(double factor) {
    return new MotionBlur(length * factor);
  }

  @Override
  public String notation() {
    return Notation.print(type(), length);
  }

  @Override
  public String toString() {
    return "motion blur, length " + Strengths.show(length) + " pixels, any direction";
  }

  /** The taps that are not zero: offsets from the pixel and weights. */
  private static final class Kernel {
    private final int[] dx;
    private final int[] dy;
    private final float[] weight;
    private final int radius;

    private Kernel(int[] dx, int[] dy, float[] weight, int radius) {
      this.dx = dx;
      this.dy = dy;
      this.weight = weight;
      this.radius = radius;
    }

    static Kernel of(double length, double angle) {
      int radius = (int) Math.ceil(length / 2) + 1;
      int side = 2 * radius + 1;
      float[] dense = new float[side * side];
      int points = Math.max(1, (int) Math.round(length * POINTS_PER_PIXEL));
      double cos = StrictMath.cos(angle);
      double sin = StrictMath.sin(angle);
      for (int i = 0; i < points; i++) {
        double s = length * ((i + 0.5) / points - 0.5);
        double x = radius + s * cos;
        double y = radius + s * sin;
        int left = (int) x;
        int top = (int) y;
        float fx = (float) (x - left);
        float fy = (float) (y - top);
        int at = top * side + left;
        dense[at] += (1 - fx) * (1 - fy) / points;
        dense[at + 1] += fx * (1 - fy) / points;
        dense[at + side] += (1 - fx) * fy / points;
        dense[at + side + 1] += fx * fy / points;
      }
      int taps = 0;
      for (float w : dense) {
        taps += w > 0 ? 1 : 0;
      }
      int[] dx = new int[taps];
      int[] dy = new int[taps];
      float[] weight = new float[taps];
      for (int i = 0, t = 0; i < dense.length; i++) {
        if (dense[i] > 0) {
          dx[t] = i % side - radius;
          dy[t] = i / side - radius;
          weight[t++] = dense[i];
        }
      }
      return new Kernel(dx, dy, weight, radius);
    }

    /** Adds one shifted row per tap: the inner loop is a plain multiply-add over an array. */
    RgbImage convolve(RgbImage image) {
      int width = image.width();
      int height = image.height();
      int rowLength = 3 * (width + 2 * radius);
      float[][] rows = new float[height][];
      for (int y = 0; y < height; y++) {
        rows[y] = paddedRow(image, y, rowLength);
      }
      byte[] out = new byte[3 * width * height];
      float[] sum = new float[3 * width];
      for (int y = 0; y < height; y++) {
        Arrays.fill(sum, 0.5f);
        for (int t = 0; t < weight.length; t++) {
          float[] row = rows[Math.max(0, Math.min(height - 1, y + dy[t]))];
          int shift = 3 * (radius + dx[t]);
          float w = weight[t];
          for (int i = 0; i < sum.length; i++) {
            sum[i] += w * row[i + shift];
          }
        }
        int at = 3 * width * y;
        for (int i = 0; i < sum.length; i++) {
          out[at + i] = (byte) Math.min(255, (int) sum[i]);
        }
      }
      return RgbImage.wrap(width, height, out);
    }

    private float[] paddedRow(RgbImage image, int y, int rowLength) {
      float[] row = new float[rowLength];
      byte[] rgb = image.rgb();
      int width = image.width();
      for (int i = 0, x = -radius; i < rowLength; x++) {
        int at = 3 * (y * width + Math.max(0, Math.min(width - 1, x)));
        row[i++] = rgb[at] & 0xFF;
        row[i++] = rgb[at + 1] & 0xFF;
        row[i++] = rgb[at + 2] & 0xFF;
      }
      return row;
    }
  }
}
