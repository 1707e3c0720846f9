package org.perceiveir.imaging.scene;

import org.perceiveir.imaging.RgbImage;

/** A frame while it is drawn: three floats a pixel, 0..255. */
final class Canvas {
  final int width;
  final int height;
  private final float[] rgb;

  private Canvas(int width, int height) {
    this.width = width;
    this.height = height;
    this.rgb = new float[3 * width * height];
  }

  /** What a frame is drawn on, its index checked. */
  static Canvas forFrame(int index, int width, int height) {
    if (index < 0) {
      throw new IllegalArgumentException("frame index is " + index + ": it must not be negative");
    }
    return new Canvas(width, height);
  }

  static void checkSize(int width, int height) {
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException(
          "scene of " + width + "x" + height + ": width and height must be at least 1");
    }
  }

  void set(int x, int y, float r, float g, float b) {
    int at = 3 * (y * width + x);
    rgb[at] = r;
    rgb[at + 1] = g;
    rgb[at + 2] = b;
  }

  /** A component of a pixel: 0 red, 1 green, 2 blue. */
  float get(int x, int y, int component) {
    return rgb[3 * (y * width + x) + component];
  }

  /** Lays a colour multiplied by alpha (packed as in {@link Texture}) over a pixel. */
  void over(int x, int y, int argb, float light) {
    int at = 3 * (y * width + x);
    float keep = 1 - (argb >>> 24) / 255f;
    rgb[at] = rgb[at] * keep + light * (argb >> 16 & 0xFF);
    rgb[at + 1] = rgb[at + 1] * keep + light * (argb >> 8 & 0xFF);
    rgb[at + 2] = rgb[at + 2] * keep + light * (argb & 0xFF);
  }

  /** Moves a pixel towards a colour. */
  void towards(int x, int y, float r, float g, float b, float share) {
    int at = 3 * (y * width + x);
    rgb[at] += (r - rgb[at]) * share;
    rgb[at + 1] += (g - rgb[at + 1]) * share;
    rgb[at + 2] += (b - rgb[at + 2]) * share;
  }

  RgbImage toImage() {
    byte[] bytes = new byte[rgb.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) Math.max(0, Math.min(255, (int) (rgb[i] + 0.5f)));
    }
    return RgbImage.wrap(width, height, bytes);
  }
}
