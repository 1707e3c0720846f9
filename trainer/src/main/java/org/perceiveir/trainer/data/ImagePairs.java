package org.perceiveir.trainer.data;

import java.io.IOException;
import java.util.List;
import org.perceiveir.imaging.RgbImage;

/**
 * Degraded images with their truth, whole, each decoded or made when it is asked for.
 *
 * <p>The same index gives the same pixels whenever and from whatever thread it is asked for.
 */
public interface ImagePairs {
  /** Number of pairs, at least 1. */
  int size();

  /** Name of a pair in reports, that of its file. */
  String name(int index);

  /**
   * The degraded image.
   *
   * @throws IOException if the file cannot be read
   */
  RgbImage degraded(int index) throws IOException;

  /**
   * The truth, of the same size.
   *
   * @throws IOException if the file cannot be read
   */
  RgbImage clean(int index) throws IOException;

  /** What the set is called in reports. */
  default String title() {
    return "images";
  }

  /** Files that are not among the pairs, with the reason. */
  default List<CleanImages.Skipped> skipped() {
    return List.of();
  }
}
