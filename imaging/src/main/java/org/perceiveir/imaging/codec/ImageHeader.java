package org.perceiveir.imaging.codec;

/**
 * What the bytes in front of the pixels say, checked against the limits.
 *
 * @param format recognised by the first bytes
 * @param width stored width in pixels, before {@code orientation} is applied
 * @param height stored height in pixels, before {@code orientation} is applied
 * @param channels stored samples a pixel: 1 grey or palette, 2 grey and alpha, 3 colour, 4 colour
 *     and alpha
 * @param bitsPerSample 1, 2, 4, 8 or 16
 * @param scans passes over the image: scans of a JPEG, 7 for an interlaced PNG, otherwise 1
 * @param orientation EXIF orientation of a JPEG, 1 (upright) to 8; 1 where it is absent or nonsense
 */
public record ImageHeader(
    ImageFormat format,
    int width,
    int height,
    int channels,
    int bitsPerSample,
    int scans,
    int orientation) {

  /** Width of the decoded image, which stands upright. */
  public int uprightWidth() {
    return orientation >= 5 ? height : width;
  }

  /** Height of the decoded image, which stands upright. */
  public int uprightHeight() {
    return orientation >= 5 ? width : height;
  }
}
