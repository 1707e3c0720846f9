package org.perceiveir.imaging.codec;

import org.perceiveir.imaging.codec.ImageFormatException.Reason;

/** The limits on width, height and pixels, common to all formats. */
final class ImageSizes {
  private ImageSizes() {}

  static void check(long width, long height, DecodeLimits limits) throws ImageFormatException {
    if (width < 1 || height < 1) {
      throw new ImageFormatException(
          Reason.SIZE_OUT_OF_RANGE, "image of " + width + "x" + height + " has no pixels");
    }
    if (width > limits.maxWidth()
        || height > limits.maxHeight()
        || width * height > limits.maxPixels()) {
      throw new ImageFormatException(
          Reason.SIZE_OUT_OF_RANGE,
          "image of "
              + width
              + "x"
              + height
              + " exceeds the limit of "
              + limits.maxWidth()
              + "x"
              + limits.maxHeight()
              + " and "
              + limits.maxPixels()
              + " pixels");
    }
  }
}
