package org.perceiveir.trainer.evaluation;

import java.io.IOException;
import java.util.Optional;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.trainer.data.ImagePairs;

/**
 * Degraded images, with their truth or without, each decoded or made when it is asked for.
 *
 * <p>The same index gives the same pixels whenever it is asked for.
 */
public interface TestImages {
  /** Number of images, at least 1. */
  int size();

  /** Name of an image in reports, that of its file. */
  String name(int index);

  /**
   * The degraded image.
   *
   * @throws IOException if the file cannot be read
   */
  RgbImage degraded(int index) throws IOException;

  /**
   * What it would be without the degradation; empty for all images where nobody knows.
   *
   * @throws IOException if the file cannot be read
   */
  Optional<RgbImage> truth(int index) throws IOException;

  /** Pairs as test images. */
  static TestImages of(ImagePairs pairs) {
    return new TestImages() {
      @Override
      public int size() {
        return pairs.size();
      }

      @Override
      public String name(int index) {
        return pairs.name(index);
      }

      @Override
      public RgbImage degraded(int index) throws IOException {
        return pairs.degraded(index);
      }

      @Override
      public Optional<RgbImage> truth(int index) throws IOException {
        return Optional.of(pairs.clean(index));
      }
    };
  }
}
