package org.perceiveir.cli.demo;

import java.util.EnumMap;
import java.util.Map;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.degrade.DegradationType;
import org.perceiveir.imaging.sheet.PictureSheet;

/**
 * The first frame of each degradation before and after, for a sheet: degraded on the left, restored
 * on the right. Not thread-safe.
 */
final class FirstPairs {
  private static final int CELL_WIDTH = 400;
  private static final int CELL_HEIGHT = 150;

  private final Map<DegradationType, Pair> pairs = new EnumMap<>(DegradationType.class);

  private record Pair(RgbImage degraded, RgbImage restored) {}

  /** Offers a pair; the first of each degradation is kept. */
  void offer(DegradationType type, RgbImage degraded, RgbImage restored) {
    pairs.putIfAbsent(type, new Pair(degraded, restored));
  }

  boolean wants(DegradationType type) {
    return !pairs.containsKey(type);
  }

  boolean isEmpty() {
    return pairs.isEmpty();
  }

  /** Draws the sheet, a row for each degradation in the order of their types. */
  RgbImage draw() {
    PictureSheet sheet = new PictureSheet(CELL_WIDTH, CELL_HEIGHT);
    pairs.forEach(
        (type, pair) ->
            sheet.row(
                new PictureSheet.Cell(pair.degraded, type.id()),
                new PictureSheet.Cell(pair.restored, "restored")));
    return sheet.draw();
  }
}
