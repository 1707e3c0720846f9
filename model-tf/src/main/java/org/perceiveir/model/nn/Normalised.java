package org.perceiveir.model.nn;

import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * A tensor after LayerNorm on its way into a 1x1 convolution, which takes over what the norm left
 * undone: {@code conv(w, x gain + shift) = conv(w gain, x) + w shift}.
 *
 * @param x {@code (batch, height, width, channels)}
 * @param gain factor for each channel that is still due, or null
 * @param shift summand for each channel that is still due, or null
 */
record Normalised(Operand<TFloat32> x, @Nullable Weight gain, @Nullable Weight shift) {

  /** A tensor with nothing left to do. */
  static Normalised done(Operand<TFloat32> x) {
    return new Normalised(x, null, null);
  }

  /** The weight {@code (1, 1, in, out)} of the convolution with the norm's factors in it. */
  Weight into(Weight pointwise) {
    return gain == null ? pointwise : pointwise.scale(2, gain);
  }

  /** The bias {@code (out)} of the convolution with the norm's shift in it; null if none. */
  @Nullable Weight intoBias(Weight pointwise, @Nullable Weight bias) {
    if (shift == null) {
      return bias;
    }
    int out = Math.toIntExact(pointwise.shape()[3]);
    Weight shifted = pointwise.scale(2, shift).sum(2).reshape(out);
    return bias == null ? shifted : bias.plus(shifted);
  }
}
