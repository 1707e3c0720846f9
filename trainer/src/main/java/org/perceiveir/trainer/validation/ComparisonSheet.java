package org.perceiveir.trainer.validation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.perceiveir.imaging.RgbImage;

/** Rows of before, after and truth, pixel for pixel on white. */
final class ComparisonSheet {
  private static final int GAP = 4;

  private final List<List<RgbImage>> rows = new ArrayList<>();

  /** Adds a row, from the left to the right. */
  void row(RgbImage... images) {
    rows.add(List.of(images));
  }

  int rows() {
    return rows.size();
  }

  /** As wide as the widest row, every cell as large as the largest image. */
  RgbImage draw() {
    int columns = rows.stream().mapToInt(List::size).max().orElse(1);
    int cellWidth = rows.stream().flatMap(List::stream).mapToInt(RgbImage::width).max().orElse(1);
    int cellHeight = rows.stream().flatMap(List::stream).mapToInt(RgbImage::height).max().orElse(1);
    int width = columns * (cellWidth + GAP) - GAP;
    int height = Math.max(1, rows.size() * (cellHeight + GAP) - GAP);
    byte[] rgb = new byte[3 * width * height];
    Arrays.fill(rgb, (byte) 255);
    for (int r = 0; r < rows.size(); r++) {
      for (int c = 0; c < rows.get(r).size(); c++) {
        RgbImage image = rows.get(r).get(c);
        for (int y = 0; y < image.height(); y++) {
          int to = 3 * ((r * (cellHeight + GAP) + y) * width + c * (cellWidth + GAP));
          System.arraycopy(image.rgb(), 3 * y * image.width(), rgb, to, 3 * image.width());
        }
      }
    }
    return RgbImage.wrap(width, height, rgb);
  }
}
