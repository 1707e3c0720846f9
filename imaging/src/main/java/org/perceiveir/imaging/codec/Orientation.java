package org.perceiveir.imaging.codec;

import org.perceiveir.imaging.RgbImage;

/** Turns and mirrors pixels as the EXIF orientation tells. */
public final class Orientation {
  private Orientation() {}

  /**
   * The upright image.
   *
   * @param orientation 1 as stored, 2 mirrored, 3 upside down, 4 both, 5 to 8 the same after a
   *     transposition (6 is stored turned left, 8 turned right)
   */
  public static RgbImage upright(RgbImage stored, int orientation) {
    if (orientation == 1) {
      return stored;
    }
    int width = stored.width();
    int height = stored.height();
    boolean transposed = orientation >= 5;
    boolean fromRight =
        orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    boolean fromBottom =
        orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    int outWidth = transposed ? height : width;
    int outHeight = transposed ? width : height;
    byte[] in = stored.rgb();
    byte[] out = new byte[in.length];
    int to = 0;
    for (int y = 0; y < outHeight; y++) {
      for (int x = 0; x < outWidth; x++) {
        int column = transposed ? y : x;
        int row = transposed ? x : y;
        int from =
            3
                * ((fromBottom ? height - 1 - row : row) * width
                    + (fromRight ? width - 1 - column : column));
        out[to++] = in[from];
        out[to++] = in[from + 1];
        out[to++] = in[from + 2];
      }
    }
    return RgbImage.wrap(outWidth, outHeight, out);
  }
}
