package org.perceiveir.model.session;

import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.preset.Backbone;

/**
 * Extends a frame at its right and bottom edge to sides that the network takes, and cuts the result
 * back.
 *
 * <p>Each backbone pads as its authors' code does, because its weights were trained so: Restormer
 * reflects about the last row and column (and repeats them where the frame is smaller than the
 * pad), NAFNet pads zeros.
 */
enum Padding {
  REFLECT,
  ZERO;

  static Padding of(Backbone backbone) {
    return backbone instanceof Backbone.Restormer ? REFLECT : ZERO;
  }

  static int up(int size, int multiple) {
    return (size + multiple - 1) / multiple * multiple;
  }

  /**
   * Writes the padded frame, {@code 3 * width * height} bytes, into {@code target} from {@code
   * offset} on.
   */
  void pad(RgbImage frame, int width, int height, byte[] target, int offset) {
    int w = frame.width();
    int h = frame.height();
    byte[] rgb = frame.rgb();
    for (int y = 0; y < height; y++) {
      int row = offset + 3 * width * y;
      if (y >= h && this == ZERO) {
        continue; // the target starts as zeros
      }
      int source = 3 * w * (y < h ? y : mirrored(y, h, height - h));
      System.arraycopy(rgb, source, target, row, 3 * w);
      if (this == REFLECT) {
        for (int x = w; x < width; x++) {
          System.arraycopy(rgb, source + 3 * mirrored(x, w, width - w), target, row + 3 * x, 3);
        }
      }
    }
  }

  private static int mirrored(int index, int size, int pad) {
    return pad < size ? 2 * (size - 1) - index : size - 1;
  }

  /** Cuts a frame of {@code width x height} out of a padded one that starts at {@code offset}. */
  static RgbImage crop(byte[] padded, int offset, int paddedWidth, int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      System.arraycopy(padded, offset + 3 * paddedWidth * y, rgb, 3 * width * y, 3 * width);
    }
    return RgbImage.wrap(width, height, rgb);
  }
}
