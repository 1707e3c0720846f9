package org.perceiveir.imaging;

import java.util.SplittableRandom;

/** Images to test with. */
public final class TestImages {
  private TestImages() {}

  /** Independent uniform samples. */
  public static RgbImage noise(int width, int height, long seed) {
    byte[] rgb = new byte[3 * width * height];
    new SplittableRandom(seed).nextBytes(rgb);
    return RgbImage.wrap(width, height, rgb);
  }

  /** Smooth colours, kind to JPEG. */
  public static RgbImage gradient(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    for (int y = 0, i = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        rgb[i++] = (byte) (40 + 170 * x / width);
        rgb[i++] = (byte) (220 - 180 * y / height);
        rgb[i++] = (byte) (60 + 120 * (x + y) / (width + height));
      }
    }
    return RgbImage.wrap(width, height, rgb);
  }

  /** One colour. */
  public static RgbImage flat(int width, int height, int red, int green, int blue) {
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < rgb.length; i += 3) {
      rgb[i] = (byte) red;
      rgb[i + 1] = (byte) green;
      rgb[i + 2] = (byte) blue;
    }
    return RgbImage.wrap(width, height, rgb);
  }
}
