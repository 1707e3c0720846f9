package org.perceiveir.model.nn;

/**
 * One way to compute the same function of the same parameters with less work; exact but for
 * rounding. What each of them gains stands in docs/decisions/formulations.md.
 */
public enum Rewrite {
  /** Slices and reorders weights where the plain form splits and reorders activations. */
  SLICED_WEIGHTS,
  /** Divides the small attention matrix by the L2 norms of q and k, not q and k themselves. */
  FOLDED_L2_NORMS,
  /** Multiplies gain and shift of a LayerNorm into the 1x1 convolution that follows it. */
  FOLDED_AFFINE,
  /** Multiplies NAFNet's scale of a residual into the 1x1 convolution before it. */
  FOLDED_SCALES,
  /** Multiplies the output projection into the attention matrix: one product over pixels less. */
  FOLDED_PROJECTION,
  /** Puts GELU's two factors into the convolutions before it. */
  FOLDED_GELU,
  /** Convolves pixel squares with a stride where the plain form folds them into channels first. */
  STRIDED_FEATURES
}
