package org.perceiveir.trainer.data;

import java.util.SplittableRandom;
import org.perceiveir.imaging.RgbImage;

/**
 * The square that is degraded, with an equal margin on all sides so that turning it keeps the crop
 * in its middle. The margin shrinks only where the image is too small for it.
 *
 * @param left column of the image where the square begins
 * @param top row of the image where the square begins
 * @param side of the square, margins included
 * @param margin pixels around the crop
 */
record CropWindow(int left, int top, int side, int margin) {
  private static final float SCALE = 1f / 255f;

  /** A random place for a crop of {@code size} pixels; the image is at least that large. */
  static CropWindow draw(RgbImage image, int size, int wanted, SplittableRandom random) {
    int room = (Math.min(image.width(), image.height()) - size) / 2;
    int margin = Math.min(wanted, room);
    int side = size + 2 * margin;
    return new CropWindow(
        random.nextInt(image.width() - side + 1),
        random.nextInt(image.height() - side + 1),
        side,
        margin);
  }

  /** Symmetry bits: 1 mirrors columns, 2 mirrors rows, 4 swaps rows and columns. */
  RgbImage turned(RgbImage image, int symmetry) {
    byte[] from = image.rgb();
    byte[] to = new byte[3 * side * side];
    int at = 0;
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        int u = (symmetry & 1) == 0 ? x : side - 1 - x;
        int v = (symmetry & 2) == 0 ? y : side - 1 - y;
        int column = left + ((symmetry & 4) == 0 ? u : v);
        int row = top + ((symmetry & 4) == 0 ? v : u);
        int source = 3 * (row * image.width() + column);
        to[at++] = from[source];
        to[at++] = from[source + 1];
        to[at++] = from[source + 2];
      }
    }
    return RgbImage.wrap(side, side, to);
  }

  /** Writes the middle of a square as crop {@code index} of a batch, in 0..1. */
  void cut(RgbImage square, int size, float[] batch, int index) {
    cut(square, size, 0, 0, batch, index);
  }

  /**
   * As above, off the middle.
   *
   * @param dx pixels to the right, within the margin
   * @param dy pixels down, within the margin
   */
  void cut(RgbImage square, int size, int dx, int dy, float[] batch, int index) {
    byte[] from = square.rgb();
    int at = index * size * size * 3;
    for (int y = 0; y < size; y++) {
      int source = 3 * ((y + margin + dy) * side + margin + dx);
      for (int i = 0; i < 3 * size; i++) {
        batch[at++] = (from[source++] & 0xFF) * SCALE;
      }
    }
  }
}
