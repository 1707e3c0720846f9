package org.perceiveir.model.clip;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;

/**
 * How well an image fits each of a set of prompts: {@code softmax(logitScale * cos(image, text))}
 * over the prompts (eqs. 1 and 9).
 *
 * <p>Eq. 1 writes no factor, which is a {@code logitScale} of 1; CLIP's public weights and CLIP-LIT
 * use 100.
 */
public final class PromptProbabilities {
  /** Keeps a feature of zeros from becoming NaN. */
  private static final float SMALLEST_SQUARE = 1e-24f;

  private final Ops tf;
  private final double logitScale;

  /**
   * Probabilities with this factor.
   *
   * @param logitScale factor of the cosines, above 0
   * @throws IllegalArgumentException if it is not above 0
   */
  public PromptProbabilities(Ops tf, double logitScale) {
    if (!(logitScale > 0)) {
      throw new IllegalArgumentException("logitScale is " + logitScale + ": it must be above 0");
    }
    this.tf = tf;
    this.logitScale = logitScale;
  }

  /**
   * Cosine similarities S.
   *
   * @param images {@code (batch, embed)}
   * @param texts {@code (tiers, embed)}
   * @return {@code (batch, tiers)} in -1..1
   */
  public Operand<TFloat32> cosines(Operand<TFloat32> images, Operand<TFloat32> texts) {
    return tf.linalg.matMul(unit(images), unit(texts), MatMul.transposeB(true));
  }

  private Operand<TFloat32> unit(Operand<TFloat32> rows) {
    Operand<TFloat32> square =
        tf.reduceSum(tf.math.square(rows), tf.array(1), ReduceSum.keepDims(true));
    return tf.math.mul(rows, tf.math.rsqrt(tf.math.maximum(square, tf.constant(SMALLEST_SQUARE))));
  }

  /**
   * What the softmax is taken of; cross-entropies should start here.
   *
   * @param images {@code (batch, embed)}
   * @param texts {@code (tiers, embed)}
   * @return {@code (batch, tiers)} in -logitScale..logitScale
   */
  public Operand<TFloat32> logits(Operand<TFloat32> images, Operand<TFloat32> texts) {
    return tf.math.mul(cosines(images, texts), tf.constant((float) logitScale));
  }

  /**
   * Probabilities of the prompts.
   *
   * @param images {@code (batch, embed)}
   * @param texts {@code (tiers, embed)}
   * @return {@code (batch, tiers)} in 0..1, adding up to 1 for each image
   */
  public Operand<TFloat32> of(Operand<TFloat32> images, Operand<TFloat32> texts) {
    return tf.nn.softmax(logits(images, texts));
  }
}
