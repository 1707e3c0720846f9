package org.perceiveir.trainer.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;

/**
 * Uncompressed Windows bitmaps of 24 or 32 bits, the form in which the Waterloo Exploration
 * Database is given away. Anything else that the format allows is refused.
 */
final class Bitmap {
  private static final int HEADER_BYTES = 54;

  private Bitmap() {}

  /** Whether the bytes begin as a bitmap does. */
  static boolean matches(byte[] bytes) {
    return bytes.length >= 2 && bytes[0] == 'B' && bytes[1] == 'M';
  }

  /** The size, checked against the limits and the length of the file. */
  static ImageFile.Size size(byte[] bytes, DecodeLimits limits) throws IOException {
    if (bytes.length < HEADER_BYTES) {
      throw new IOException("BMP ends in its header");
    }
    ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int width = header.getInt(18);
    // A negative height says that rows run from the top.
    long height = Math.abs((long) header.getInt(22));
    int bits = header.getShort(28);
    if (header.getInt(14) < 40 || header.getInt(30) != 0 || (bits != 24 && bits != 32)) {
      throw new IOException("BMP with " + bits + " bits or compression; make PNG of it");
    }
    if (width < 1
        || height < 1
        || width > limits.maxWidth()
        || height > limits.maxHeight()
        || width * height > limits.maxPixels()) {
      throw new IOException("BMP of " + width + "x" + height + " is outside the limits");
    }
    long offset = header.getInt(10) & 0xFFFFFFFFL;
    if (offset < HEADER_BYTES || offset + rowBytes(width, bits) * height > bytes.length) {
      throw new IOException("BMP ends before its last row");
    }
    return new ImageFile.Size(width, (int) height);
  }

  private static long rowBytes(int width, int bits) {
    return ((long) width * bits + 31) / 32 * 4;
  }

  static RgbImage decode(byte[] bytes, DecodeLimits limits) throws IOException {
    ImageFile.Size size = size(bytes, limits);
    ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    boolean fromTop = header.getInt(22) < 0;
    int bits = header.getShort(28);
    int offset = header.getInt(10);
    int rowBytes = (int) rowBytes(size.width(), bits);
    byte[] rgb = new byte[(int) size.bytes()];
    int at = 0;
    for (int y = 0; y < size.height(); y++) {
      int from = offset + rowBytes * (fromTop ? y : size.height() - 1 - y);
      for (int x = 0; x < size.width(); x++, from += bits / 8) {
        rgb[at++] = bytes[from + 2];
        rgb[at++] = bytes[from + 1];
        rgb[at++] = bytes[from];
      }
    }
    return RgbImage.wrap(size.width(), size.height(), rgb);
  }
}
