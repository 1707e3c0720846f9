package org.perceiveir.model.nn;

/** One way to compute the same function of the same parameters with less work. */
public enum Rewrite {
  /** Slices and reorders weights where the plain form splits and reorders activations. */
  SLICED_WEIGHTS,
  /** Divides the small attention matrix by the L2 norms of q and k, not q and k themselves. */
  FOLDED_L2_NORMS,
  /** Multiplies gain and shift of a LayerNorm into the 1x1 convolution that follows it. */
  FOLDED_AFFINE,
  /** Takes LayerNorm's mean off the columns of that convolution, not off the activation. */
  FOLDED_MEAN,
  /** Multiplies NAFNet's scale of a residual into the 1x1 convolution before it. */
  FOLDED_SCALES,
  /** Multiplies the output projection into the attention matrix, one product over pixels less. */
  FOLDED_PROJECTION,
  /** Masks the attention matrix of all channels where the plain form transposes heads apart. */
  MASKED_HEADS,
  /** Puts GELU's two factors into the convolutions around it. */
  FOLDED_GELU,
  /** Multiplies NAFNet's channel attention into the following projection. */
  FOLDED_CHANNEL_SCALE,
  /** Convolves pixel squares with a stride where the plain form folds them into channels first. */
  STRIDED_FEATURES
}
