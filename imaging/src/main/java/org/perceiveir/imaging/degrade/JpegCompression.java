package org.perceiveir.imaging.degrade;

import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormatException;

/**
 * Compression as cameras and video links do it: the image encoded as baseline JPEG (YCbCr, 4:2:0)
 * and decoded again, in memory. Nothing in it is random: seed and frame do not matter.
 *
 * <p>No training task of its own, but what follows every other damage in a real feed; see {@link
 * Mixture}.
 *
 * <p>Encoder and decoder are the Java runtime's. The same runtime gives the same bytes. Runtimes
 * may bring different JPEG libraries (the JDK its own libjpeg 6b, Linux distributions often the
 * system's libjpeg-turbo); the format leaves the rounding of the transforms open, so that single
 * samples may then differ by a few levels.
 *
 * @param quality 1 (smallest) to 100 (best), the scale of libjpeg
 */
public record JpegCompression(int quality) implements Degradation {
  static final String ID = "jpeg";

  /** The longest side that libjpeg encodes. */
  private static final int MAX_SIDE = 65500;

  private static final ImageDecoder DECODER =
      new ImageDecoder(
          new DecodeLimits(MAX_SIDE, MAX_SIDE, Integer.MAX_VALUE, Integer.MAX_VALUE, 1));

  /** Checks the range of the quality. */
  public JpegCompression {
    if (quality < 1 || quality > 100) {
      throw new IllegalArgumentException("JPEG quality is " + quality + ": it must lie in 1..100");
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if a side exceeds 65500 pixels, the most that JPEG encoders
   *     take
   */
  @Override
  public RgbImage apply(RgbImage clean, long seed, long frame) {
    if (Math.max(clean.width(), clean.height()) > MAX_SIDE) {
      throw new IllegalArgumentException(
          "image of "
              + clean.width()
              + "x"
              + clean.height()
              + " cannot become a JPEG: cut it to at most "
              + MAX_SIDE
              + " pixels a side");
    }
    byte[] encoded = ImageEncoder.encodeJpeg(clean, quality);
    try {
      return DECODER.decode(encoded);
    } catch (ImageFormatException e) {
      throw new IllegalStateException(
          "this Java runtime writes JPEG that is refused: " + e.getMessage(), e);
    }
  }

  @Override
  public JpegCompression weakened(double factor) {
    return this;
  }

  @Override
  public String notation() {
    return ID + ":" + quality;
  }

  @Override
  public String toString() {
    return "JPEG, quality " + quality;
  }
}
