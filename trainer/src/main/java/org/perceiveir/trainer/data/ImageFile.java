package org.perceiveir.trainer.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.imaging.codec.ImageHeader;

/** Reads image files: PNG and JPEG as the service does, and the plain BMP that WED comes in. */
public final class ImageFile {
  private static final DecodeLimits LIMITS = DecodeLimits.defaults();
  private static final ImageDecoder DECODER = new ImageDecoder(LIMITS);

  private ImageFile() {}

  /**
   * Sides of the upright image in pixels.
   *
   * @param width columns
   * @param height rows
   */
  record Size(int width, int height) {
    static Size of(RgbImage image) {
      return new Size(image.width(), image.height());
    }

    int smallerSide() {
      return Math.min(width, height);
    }

    long bytes() {
      return 3L * width * height;
    }

    @Override
    public String toString() {
      return width + "x" + height;
    }
  }

  /**
   * The bytes of a file, whose length is checked before any is read.
   *
   * @throws IOException if it cannot be read or is longer than a decoder takes
   */
  static byte[] bytes(Path file) throws IOException {
    long length = Files.size(file);
    if (length > LIMITS.maxEncodedBytes()) {
      throw new IOException("more than " + LIMITS.maxEncodedBytes() + " bytes");
    }
    return Files.readAllBytes(file);
  }

  /**
   * Decodes a file.
   *
   * @throws IOException if it cannot be read or is refused; the message says why
   */
  public static RgbImage decode(Path file) throws IOException {
    return decode(bytes(file));
  }

  /**
   * Decodes the bytes of a file.
   *
   * @throws IOException if they are refused; the message says why
   */
  static RgbImage decode(byte[] bytes) throws IOException {
    return Bitmap.matches(bytes) ? Bitmap.decode(bytes, LIMITS) : DECODER.decode(bytes);
  }

  /**
   * The size of an image whose structure is sound as far as can be told without its pixels.
   *
   * @throws IOException if it cannot be read or is refused; the message says why
   */
  static Size size(byte[] bytes) throws IOException {
    if (Bitmap.matches(bytes)) {
      return Bitmap.size(bytes, LIMITS);
    }
    ImageHeader header = DECODER.readHeader(bytes);
    return new Size(header.uprightWidth(), header.uprightHeight());
  }
}
