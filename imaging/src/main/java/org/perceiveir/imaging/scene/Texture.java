package org.perceiveir.imaging.scene;

import java.util.stream.IntStream;

/**
 * A picture to look up colours in, with a pyramid of halved copies (Williams 1983) so that distant
 * surfaces are averaged and do not flicker.
 *
 * <p>Texels are packed ints: alpha, red, green, blue of 8 bits, colours multiplied by alpha. The
 * sides are powers of two.
 */
final class Texture {
  /** The packed colour at a texel; components are asked for at sub-texel positions. */
  interface Painter {
    int paint(float x, float y);
  }

  private final int[][] levels;
  private final int widthBits;
  private final int heightBits;
  private final boolean repeats;

  private Texture(int[] base, int widthBits, int heightBits, boolean repeats) {
    this.widthBits = widthBits;
    this.heightBits = heightBits;
    this.repeats = repeats;
    levels = new int[Math.min(widthBits, heightBits) + 1][];
    levels[0] = base;
    for (int level = 1; level < levels.length; level++) {
      levels[level] = halve(levels[level - 1], widthBits - level + 1, heightBits - level + 1);
    }
  }

  /**
   * Paints a texture.
   *
   * @param samples points a texel and axis that are averaged
   * @param repeats whether it tiles the plane; otherwise it is transparent outside 0..1
   * @param painter gets positions in 0..1, y downwards
   */
  static Texture paint(
      int widthBits, int heightBits, int samples, boolean repeats, Painter painter) {
    int width = 1 << widthBits;
    int height = 1 << heightBits;
    int[] base = new int[width * height];
    IntStream.range(0, height)
        .parallel()
        .forEach(y -> paintRow(base, y, width, height, samples, painter));
    return new Texture(base, widthBits, heightBits, repeats);
  }

  private static void paintRow(
      int[] base, int y, int width, int height, int samples, Painter painter) {
    int count = samples * samples;
    for (int x = 0; x < width; x++) {
      int a = 0;
      int r = 0;
      int g = 0;
      int b = 0;
      for (int s = 0; s < count; s++) {
        float sx = (x + (s % samples + 0.5f) / samples) / width;
        float sy = (y + (Math.floorDiv(s, samples) + 0.5f) / samples) / height;
        int colour = painter.paint(sx, sy);
        a += colour >>> 24;
        r += (colour >> 16) & 0xFF;
        g += (colour >> 8) & 0xFF;
        b += colour & 0xFF;
      }
      base[y * width + x] = (a / count) << 24 | (r / count) << 16 | (g / count) << 8 | b / count;
    }
  }

  /** An opaque colour; components are clamped to 0..255. */
  static int rgb(float r, float g, float b) {
    return 0xFF000000 | clip(r) << 16 | clip(g) << 8 | clip(b);
  }

  private static int clip(float v) {
    return Math.max(0, Math.min(255, (int) (v + 0.5f)));
  }

  /**
   * The colour at (u, v), bilinear within the level whose texels are about as large as the pixel.
   *
   * @param u from the left, 0..1 across the texture
   * @param v from the top, 0..1 across the texture
   * @param footprint extent of a pixel on the texture, as a share of its width
   */
  int sample(float u, float v, float footprint) {
    if (!repeats && !(u >= 0 && u <= 1 && v >= 0 && v <= 1)) {
      return 0;
    }
    int level = Math.max(0, Math.min(levels.length - 1, log2(footprint * (1 << widthBits))));
    int[] texels = levels[level];
    int xBits = widthBits - level;
    int maskX = (1 << xBits) - 1;
    int maskY = (1 << (heightBits - level)) - 1;
    float x = u * (maskX + 1) - 0.5f;
    float y = v * (maskY + 1) - 0.5f;
    int left = (int) Math.floor(x);
    int top = (int) Math.floor(y);
    int fx = (int) ((x - left) * 256);
    int fy = (int) ((y - top) * 256);
    int right = left + 1;
    int bottom = top + 1;
    if (!repeats) {
      left = Math.max(left, 0);
      right = Math.min(right, maskX);
      top = Math.max(top, 0);
      bottom = Math.min(bottom, maskY);
    }
    int rowTop = (top & maskY) << xBits;
    int rowBottom = (bottom & maskY) << xBits;
    left &= maskX;
    right &= maskX;
    int above = blend(texels[rowTop + left], texels[rowTop + right], fx);
    int below = blend(texels[rowBottom + left], texels[rowBottom + right], fx);
    return blend(above, below, fy);
  }

  /** Rounded binary logarithm of a positive number, 0 below sqrt(2). */
  private static int log2(float value) {
    return value <= 1 ? 0 : Math.getExponent(value * 1.4142135f);
  }

  /** Two packed colours, the second weighted by {@code share} of 256; two components at a time. */
  static int blend(int a, int b, int share) {
    int keep = 256 - share;
    int low = ((a & 0x00FF00FF) * keep + (b & 0x00FF00FF) * share) >>> 8 & 0x00FF00FF;
    int high = ((a >>> 8 & 0x00FF00FF) * keep + (b >>> 8 & 0x00FF00FF) * share) & 0xFF00FF00;
    return high | low;
  }

  private static int[] halve(int[] from, int widthBits, int heightBits) {
    int width = 1 << (widthBits - 1);
    int height = 1 << (heightBits - 1);
    int stride = 1 << widthBits;
    int[] to = new int[width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int at = 2 * y * stride + 2 * x;
        int above = blend(from[at], from[at + 1], 128);
        int below = blend(from[at + stride], from[at + stride + 1], 128);
        to[y * width + x] = blend(above, below, 128);
      }
    }
    return to;
  }
}
