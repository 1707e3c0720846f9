package org.perceiveir.imaging.metric;

import org.perceiveir.imaging.RgbImage;

/**
 * What some protocols cut off before they compare: always from both images of a pair, and said
 * beside the figure.
 */
public final class Crop {
  private Crop() {}

  /**
   * Cuts {@code pixels} off each of the four sides, as BasicSR's {@code crop_border} does.
   *
   * @param pixels at least 0
   * @return an image of {@code (width - 2 pixels) x (height - 2 pixels)}
   * @throws IllegalArgumentException if nothing would be left
   */
  public static RgbImage border(RgbImage image, int pixels) {
    int shorter = Math.min(image.width(), image.height());
    if (pixels < 0 || 2L * pixels >= shorter) {
      throw new IllegalArgumentException(
          "border of "
              + pixels
              + " pixels: an image of "
              + size(image)
              + " has room for 0.."
              + (shorter - 1) / 2);
    }
    return cut(image, pixels, pixels, image.width() - 2 * pixels, image.height() - 2 * pixels);
  }

  /**
   * The middle of the image with sides that are multiples of {@code base}, as AirNet and PromptIR
   * prepare test images with 16. Where an odd number of pixels goes, the right and the lower side
   * lose one more.
   *
   * @param base at least 1
   * @throws IllegalArgumentException if a side is below {@code base}
   */
  public static RgbImage toMultiple(RgbImage image, int base) {
    if (base < 1 || base > Math.min(image.width(), image.height())) {
      throw new IllegalArgumentException(
          "multiples of " + base + ": an image of " + size(image) + " has no such size");
    }
    int extraColumns = image.width() % base;
    int extraRows = image.height() % base;
    return cut(
        image,
        extraColumns / 2,
        extraRows / 2,
        image.width() - extraColumns,
        image.height() - extraRows);
  }

  /**
   * The middle of the image, at most so large.
   *
   * @return an image with sides of at most {@code width} and {@code height}, which are at least 1
   */
  public static RgbImage middle(RgbImage image, int width, int height) {
    int columns = Math.min(width, image.width());
    int rows = Math.min(height, image.height());
    return cut(image, (image.width() - columns) / 2, (image.height() - rows) / 2, columns, rows);
  }

  private static RgbImage cut(RgbImage image, int left, int top, int width, int height) {
    byte[] out = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      int from = 3 * ((top + y) * image.width() + left);
      System.arraycopy(image.rgb(), from, out, 3 * y * width, 3 * width);
    }
    return RgbImage.wrap(width, height, out);
  }

  private static String size(RgbImage image) {
    return image.width() + "x" + image.height();
  }
}
