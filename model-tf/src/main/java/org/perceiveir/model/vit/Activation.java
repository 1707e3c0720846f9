package org.perceiveir.model.vit;

/** What stands between the two linear layers of a transformer's MLP. */
public enum Activation {
  /** {@code x * sigmoid(1.702 x)}: CLIP. */
  QUICK_GELU,
  /** {@code x / 2 * (1 + erf(x / sqrt(2)))}: DINOv2. */
  GELU
}
