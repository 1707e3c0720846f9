package org.perceiveir.trainer.prompt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;

/** Decoded images of files, those used last within a bound on their bytes. Thread-safe. */
final class ImageCache {
  private static final int FIRST_CAPACITY = 64;
  private static final float LOAD = 0.75f;

  private final ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults());
  private final Map<Path, RgbImage> images = new LinkedHashMap<>(FIRST_CAPACITY, LOAD, true);
  private final long most;
  private long bytes;

  ImageCache(long most) {
    this.most = most;
  }

  /**
   * The image of a file.
   *
   * @throws IOException naming the file, if it cannot be read or decoded
   */
  RgbImage get(Path file) throws IOException {
    synchronized (images) {
      RgbImage known = images.get(file);
      if (known != null) {
        return known;
      }
    }
    RgbImage image = decode(file);
    synchronized (images) {
      if (images.putIfAbsent(file, image) == null) {
        bytes += image.rgb().length;
        for (Iterator<RgbImage> it = images.values().iterator(); bytes > most && it.hasNext(); ) {
          bytes -= it.next().rgb().length;
          it.remove();
        }
      }
    }
    return image;
  }

  private RgbImage decode(Path file) throws IOException {
    long limit = DecodeLimits.defaults().maxEncodedBytes();
    if (Files.size(file) > limit) {
      throw new IOException(file + " has more than " + limit + " bytes");
    }
    try {
      return decoder.decode(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }
}
