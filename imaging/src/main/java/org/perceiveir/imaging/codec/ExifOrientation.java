package org.perceiveir.imaging.codec;

/**
 * Reads tag 0x0112 of the first directory of an EXIF block (TIFF 6.0). Anything odd counts as
 * upright: broken metadata is no reason to lose a frame.
 */
final class ExifOrientation {
  private static final int TAG = 0x0112;
  private static final int TYPE_SHORT = 3;

  private ExifOrientation() {}

  /** The orientation 1 to 8 in the TIFF block {@code data[start, end)}. */
  static int read(byte[] data, int start, int end) {
    if (end - start < 8) {
      return 1;
    }
    boolean little = data[start] == 'I' && data[start + 1] == 'I';
    if (!little && !(data[start] == 'M' && data[start + 1] == 'M')) {
      return 1;
    }
    long directory = number(data, start + 4, 4, little);
    if (directory > end - start - 2) {
      return 1;
    }
    int at = start + (int) directory;
    long entries = number(data, at, 2, little);
    at += 2;
    for (long i = 0; i < entries && end - at >= 12; i++, at += 12) {
      if (number(data, at, 2, little) == TAG) {
        long value = number(data, at + 8, 2, little);
        boolean legal = number(data, at + 2, 2, little) == TYPE_SHORT && value >= 1 && value <= 8;
        return legal ? (int) value : 1;
      }
    }
    return 1;
  }

  private static long number(byte[] data, int at, int length, boolean little) {
    long value = 0;
    for (int i = 0; i < length; i++) {
      value = value << 8 | (data[little ? at + length - 1 - i : at + i] & 0xFF);
    }
    return value;
  }
}
