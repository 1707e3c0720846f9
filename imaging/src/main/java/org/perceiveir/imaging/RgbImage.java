package org.perceiveir.imaging;

/**
 * An 8-bit RGB image in a Java array: rows from the top, three interleaved bytes (R, G, B) a pixel,
 * no padding.
 *
 * <p>The array is shared, not copied: whoever hands it over must not write to it afterwards.
 */
public final class RgbImage {
  private final int width;
  private final int height;
  private final byte[] rgb;

  private RgbImage(int width, int height, byte[] rgb) {
    this.width = width;
    this.height = height;
    this.rgb = rgb;
  }

  /**
   * Wraps an array of {@code 3 * width * height} bytes without copying it.
   *
   * @throws IllegalArgumentException if a side is below 1 or the array has another length
   */
  public static RgbImage wrap(int width, int height, byte[] rgb) {
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException(
          "image size " + width + "x" + height + ": width and height must be at least 1");
    }
    long expected = 3L * width * height;
    if (rgb.length != expected) {
      throw new IllegalArgumentException(
          "image "
              + width
              + "x"
              + height
              + " needs "
              + expected
              + " bytes of RGB, got "
              + rgb.length);
    }
    return new RgbImage(width, height, rgb);
  }

  /** Width in pixels. */
  public int width() {
    return width;
  }

  /** Height in pixels. */
  public int height() {
    return height;
  }

  /** The pixel bytes themselves, {@code 3 * width * height}; read only by contract. */
  public byte[] rgb() {
    return rgb;
  }
}
