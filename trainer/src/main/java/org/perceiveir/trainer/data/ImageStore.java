package org.perceiveir.trainer.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.perceiveir.imaging.RgbImage;

/**
 * The decoded images of all sets of a training: those of sets that fit into the memory for good,
 * the others as far as the rest of it goes.
 */
final class ImageStore {
  private static final long SMALLEST_CACHE = 16L << 20;

  private final Map<Path, RgbImage> resident = new ConcurrentHashMap<>();
  private final ImageCache cache;

  /** A store whose passing images take that many bytes. */
  ImageStore(long cacheBytes) {
    cache = new ImageCache(Math.max(SMALLEST_CACHE, cacheBytes));
  }

  /** Keeps an image for good. */
  void keep(Path file, RgbImage image) {
    resident.put(file, image);
  }

  /**
   * The image of a file.
   *
   * @throws IOException if it cannot be decoded
   */
  RgbImage image(Path file) throws IOException {
    RgbImage there = resident.get(file);
    return there == null ? cache.image(file) : there;
  }
}
