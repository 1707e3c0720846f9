package org.perceiveir.trainer.data.layout;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The files of one image.
 *
 * @param name how reports call it: the path of the damaged image, or of the only one, in its folder
 * @param degraded the damaged image; empty where the image is degraded when it is used
 * @param clean the truth
 */
public record ImageEntry(String name, Optional<Path> degraded, Path clean) {

  /** A clean image without a damaged counterpart. */
  static ImageEntry clean(String name, Path clean) {
    return new ImageEntry(name, Optional.empty(), clean);
  }
}
