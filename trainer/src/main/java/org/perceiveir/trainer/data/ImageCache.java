package org.perceiveir.trainer.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.perceiveir.imaging.RgbImage;

/**
 * Decoded images up to a number of bytes, of which the longest unused is dropped first. The newest
 * image stays even where it alone is larger. Safe to share between threads; two that ask for the
 * same file at once may both decode it.
 */
public final class ImageCache {
  private final long maxBytes;
  private final LinkedHashMap<Path, RgbImage> images = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  /**
   * An empty cache.
   *
   * @param maxBytes of decoded pixels
   */
  public ImageCache(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * The image of a file.
   *
   * @throws IOException if it cannot be decoded
   */
  public RgbImage image(Path file) throws IOException {
    synchronized (images) {
      RgbImage there = images.get(file);
      if (there != null) {
        return there;
      }
    }
    RgbImage image = ImageFile.decode(file);
    synchronized (images) {
      if (images.put(file, image) == null) {
        bytes += image.rgb().length;
      }
      Iterator<Map.Entry<Path, RgbImage>> oldest = images.entrySet().iterator();
      while (bytes > maxBytes && images.size() > 1) {
        bytes -= oldest.next().getValue().rgb().length;
        oldest.remove();
      }
    }
    return image;
  }

  /** Bytes of pixels that are held. */
  long bytes() {
    synchronized (images) {
      return bytes;
    }
  }
}
