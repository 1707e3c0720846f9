package org.perceiveir.cli.bench;

import java.util.List;
import org.perceiveir.imaging.degrade.Degradations;
import org.perceiveir.streams.config.FrameSize;

/**
 * What {@code ./perceive bench tiles} measures.
 *
 * @param device {@code auto}, {@code cpu} or {@code gpu:N}
 * @param passes sizes of single passes whose memory is measured
 * @param batch frames in a further pass of each size; 1 for none
 * @param frames sizes of frames that are restored as they are served by default
 * @param pictures that are restored whole and in tiles: files, or {@code street:WxH} and {@code
 *     landscape:WxH}, which are drawn
 * @param degradations of the pictures
 * @param tiles sides of the tiles
 * @param overlaps of the tiles; pairs whose overlap is more than a quarter of the tile are left out
 */
public record TileSettings(
    String device,
    List<FrameSize> passes,
    int batch,
    List<FrameSize> frames,
    List<String> pictures,
    List<String> degradations,
    List<Integer> tiles,
    List<Integer> overlaps) {
  private static final int MAX_BATCH = 256;
  private static final int MIN_TILE = 128;
  private static final int MAX_TILE = 1 << 14;

  /** Checks the values. */
  public TileSettings {
    passes = List.copyOf(passes);
    frames = List.copyOf(frames);
    pictures = List.copyOf(pictures);
    degradations = List.copyOf(degradations);
    tiles = List.copyOf(tiles);
    overlaps = List.copyOf(overlaps);
    check("--batch", batch, 1, MAX_BATCH);
    tiles.forEach(tile -> check("--tiles", tile, MIN_TILE, MAX_TILE));
    overlaps.forEach(overlap -> check("--overlaps", overlap, 0, MAX_TILE / 4));
    degradations.forEach(Degradations::parse);
  }

  private static void check(String option, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          option + " is " + value + ": it must be from " + min + " to " + max);
    }
  }
}
