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

  /** The memory of the samples as they are stored; sub-byte samples are unpacked to a byte each. */
  static void checkSamples(long pixels, int channels, int bitsPerSample, DecodeLimits limits)
      throws ImageFormatException {
    long bytes = pixels * channels * (bitsPerSample == 16 ? 2 : 1);
    long limit = DecodeLimits.SAMPLE_BYTES_A_PIXEL * limits.maxPixels();
    if (bytes > limit) {
      throw new ImageFormatException(
          Reason.SIZE_OUT_OF_RANGE,
          "image of "
              + pixels
              + " pixels with "
              + channels
              + " channels of "
              + bitsPerSample
              + " bits decodes to "
              + bytes
              + " bytes, above the limit of "
              + limit);
    }
  }
}
