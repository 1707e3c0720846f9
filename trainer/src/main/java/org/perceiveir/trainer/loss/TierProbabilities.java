package org.perceiveir.trainer.loss;

import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * What a frozen judge of quality thinks of images: the probabilities of its tiers in a training
 * graph, through which the gradient to the images flows.
 */
@FunctionalInterface
public interface TierProbabilities {
  /**
   * The probability of the best tier, {@code softmax_e(S(image, T))} of eq. 9.
   *
   * @param images {@code (batch, height, width, 3)}, about 0..1, of any size
   * @return {@code (batch)} in 0..1
   */
  Operand<TFloat32> excellent(Operand<TFloat32> images);
}
