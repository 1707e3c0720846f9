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
    Operand<TFloat32> normed = layers.layerNorm(name + ".norm1", x, channels, EPS);
    var halves =
        layers.jointPointwiseDepthwise(
            name + ".conv1", name + ".conv2", normed, channels, channels, 2, true);
    Operand<TFloat32> gated = tf.math.mul(halves.get(0), halves.get(1));
    Operand<TFloat32> attention =
        layers.conv(name + ".sca.1", layers.globalAveragePool(gated), channels, channels, 1, true);
    Operand<TFloat32> mixed =
        layers.conv(name + ".conv3", tf.math.mul(gated, attention), channels, channels, 1, true);
    Operand<TFloat32> y = tf.math.add(x, tf.math.mul(mixed, scale(name + ".beta", channels)));

    Operand<TFloat32> fed = layers.layerNorm(name + ".norm2", y, channels, EPS);
    Operand<TFloat32> inner = layers.gatedPointwise(name + ".conv4", fed, channels, channels);
    Operand<TFloat32> outer = layers.conv(name + ".conv5", inner, channels, channels, 1, true);
    return tf.math.add(y, tf.math.mul(outer, scale(name + ".gamma", channels)));
  }

  private Operand<TFloat32> scale(String name, int channels) {
    return layers
        .params()
        .param(name, Layout.CHANNEL_SCALE, Initializer.ZEROS, 1, channels, 1, 1)
        .value();
  }
}
