package org.perceiveir.trainer.mediocre;

import java.io.IOException;
import java.util.Optional;
import org.perceiveir.imaging.RgbImage;

/** Where images of medium quality come from: a model, or a folder of its outputs (Table X). */
@FunctionalInterface
public interface MediocreSource {
  /**
   * The restored image.
   *
   * @param task what the image is damaged by
   * @param file its file name
   * @param degraded the damaged image
   * @return an image of the same size; empty where there is none
   * @throws IOException if it cannot be read or made
   */
  Optional<RgbImage> restore(String task, String file, RgbImage degraded) throws IOException;
}
