package org.perceiveir.model.nn;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * NAFNet's block: depthwise convolution with a simple gate and simplified channel attention, then a
 * gated feed-forward network, each added with a learned scale per channel that starts at zero.
 */
public final class NafBlock {
  private static final double EPS = 1e-6;

  private final Layers layers;

  /** Blocks of these layers. */
  public NafBlock(Layers layers) {
    this.layers = layers;
  }

  /**
   * Applies the block.
   *
   * @param x {@code (batch, height, width, channels)}
   * @return the same shape
   */
  public Operand<TFloat32> apply(String name, Operand<TFloat32> x, int channels) {
    Ops tf = layers.tf();
    Normalised normed = layers.normalise(name + ".norm1", x, channels, EPS, false);
    var halves =
        layers.jointPointwiseDepthwise(
            name + ".conv1", name + ".conv2", normed, channels, channels, true, 1, 1);
    Operand<TFloat32> gated = tf.math.mul(halves.get(0), halves.get(1));
    Operand<TFloat32> attention =
        layers.conv(name + ".sca.1", layers.globalAveragePool(gated), channels, channels, 1, true);
    Operand<TFloat32> attended = tf.math.mul(gated, attention);
    Operand<TFloat32> y =
        tf.math.add(x, layers.scaledPointwise(name + ".conv3", name + ".beta", attended, channels));

    Normalised fed = layers.normalise(name + ".norm2", y, channels, EPS, false);
    Operand<TFloat32> inner = layers.gatedPointwise(name + ".conv4", fed, channels, channels);
    return tf.math.add(
        y, layers.scaledPointwise(name + ".conv5", name + ".gamma", inner, channels));
  }
}
