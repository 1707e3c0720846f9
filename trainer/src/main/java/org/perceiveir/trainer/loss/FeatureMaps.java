package org.perceiveir.trainer.loss;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** The four feature maps of a frozen network that L_dpl compares (eq. 11). */
@FunctionalInterface
public interface FeatureMaps {
  /** How many maps there are: one for each xi. */
  int COUNT = 4;

  /**
   * The features of images; may be called several times.
   *
   * @param images {@code (batch, height, width, 3)}, about 0..1
   * @return {@link #COUNT} maps, from shallow to deep
   */
  List<Operand<TFloat32>> of(Operand<TFloat32> images);
}
