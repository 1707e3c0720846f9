package org.perceiveir.imaging.codec;

/**
 * What an encoded image may claim before it is decoded.
 *
 * @param maxWidth widest image in pixels
 * @param maxHeight highest image in pixels
 * @param maxPixels most pixels; decoding takes six to eight bytes a pixel of heap, and six more of
 *     native memory for a progressive JPEG. Samples as they are stored may take at most {@value
 *     #SAMPLE_BYTES_A_PIXEL} bytes for each pixel of this limit, so that 16-bit images with alpha
 *     have half the limit
 * @param maxEncodedBytes longest encoded image in bytes
 * @param maxScans most scans of a JPEG; each one costs a pass over the whole image, encoders write
 *     about ten
 */
public record DecodeLimits(
    int maxWidth, int maxHeight, long maxPixels, long maxEncodedBytes, int maxScans) {
  static final int SAMPLE_BYTES_A_PIXEL = 4;

  private static final DecodeLimits DEFAULTS =
      new DecodeLimits(8192, 8192, 34_000_000, 64L << 20, 64);

  /** Checks that each limit lets something through. */
  public DecodeLimits {
    check("maxWidth", maxWidth);
    check("maxHeight", maxHeight);
    check("maxPixels", maxPixels);
    check("maxEncodedBytes", maxEncodedBytes);
    check("maxScans", maxScans);
  }

  /** 8192x8192 at most and 34 megapixels (8K video), 64 MiB encoded, 64 scans. */
  public static DecodeLimits defaults() {
    return DEFAULTS;
  }

  private static void check(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " is " + value + ": it must be at least 1");
    }
  }
}
