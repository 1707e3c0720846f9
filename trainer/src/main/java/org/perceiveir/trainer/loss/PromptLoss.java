package org.perceiveir.trainer.loss;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * L_clip (eq. 9), the CLIP-aware loss: {@code 1 - softmax_e(S(I_r, T))}, the mean over the batch.
 *
 * <p>The restored image goes in as it is, not clipped to 0..1: where it overshoots, the gradient
 * must still point back, as in L_rec. Prompts and encoder are frozen; only the image carries
 * gradient.
 */
public final class PromptLoss {
  private final Ops tf;
  private final TierProbabilities perceiver;

  /** The loss by this judge of quality. */
  public PromptLoss(Ops tf, TierProbabilities perceiver) {
    this.tf = tf;
    this.perceiver = perceiver;
  }

  /**
   * The loss of restored images.
   *
   * @param restored {@code (batch, height, width, 3)}, about 0..1
   * @return a scalar in 0..1
   */
  public Operand<TFloat32> of(Operand<TFloat32> restored) {
    return tf.math.sub(tf.constant(1f), tf.math.mean(perceiver.excellent(restored), tf.array(0)));
  }
}
