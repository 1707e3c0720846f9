package org.perceiveir.model.nn;

import org.perceiveir.model.preset.Preset;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Prompt guidance (PGM, eq. 6): {@code v = concat(F_l, Z)}, {@code Y = X * gamma(v) + beta(v)},
 * channel by channel.
 *
 * <p>Gamma starts at one and beta at zero, with small weights, because Y is the block's identity
 * path.
 */
public final class PromptGuidance {
  /** Small against the unit bias of gamma, large enough that gradients reach v. */
  private static final double WEIGHT_BOUND_SCALE = 0.1;

  private final Layers layers;
  private final Preset.Pgm config;

  /** Modules of this form. */
  public PromptGuidance(Layers layers, Preset.Pgm config) {
    this.layers = layers;
    this.config = config;
  }

  /**
   * Modulates the channels of x.
   *
   * @param level index of the decoder level, 0 at full resolution
   * @param block index of the block in its level
   * @param x {@code (batch, height, width, channels)}
   * @param guidance v, {@code (batch, features)}
   * @return Y, the shape of x
   */
  public Operand<TFloat32> apply(
      int level,
      int block,
      Operand<TFloat32> x,
      int channels,
      Operand<TFloat32> guidance,
      int features) {
    Ops tf = layers.tf();
    String name = "pgm." + level + "." + (config.perBlock() ? block : 0);
    Operand<TFloat32> gamma = projection(name, "g", guidance, features, channels, Initializer.ONES);
    Operand<TFloat32> beta = projection(name, "b", guidance, features, channels, Initializer.ZEROS);
    return tf.math.add(tf.math.mul(x, onMap(gamma, channels)), onMap(beta, channels));
  }

  private Operand<TFloat32> onMap(Operand<TFloat32> v, int channels) {
    return layers.tf().reshape(v, layers.ints(-1, 1, 1, channels));
  }

  private Operand<TFloat32> projection(
      String name,
      String which,
      Operand<TFloat32> guidance,
      int features,
      int channels,
      Initializer biasInit) {
    Initializer small =
        new Initializer(Initializer.Kind.UNIFORM, WEIGHT_BOUND_SCALE / Math.sqrt(features));
    Operand<TFloat32> y =
        layers.linear(
            name + ".lin_" + which,
            guidance,
            features,
            channels,
            small,
            config.projection() == Preset.Projection.LINEAR ? biasInit : Initializer.ZEROS);
    return switch (config.projection()) {
      case LINEAR -> y;
      case CONV1X1 -> conv1x1(name + ".conv_" + which, y, channels, biasInit);
      case DEPTHWISE3X3 -> depthwise(name + ".conv_" + which, y, channels, biasInit);
    };
  }

  /** On a 1x1 map a 1x1 convolution is a matrix product. */
  private Operand<TFloat32> conv1x1(
      String name, Operand<TFloat32> y, int channels, Initializer biasInit) {
    Ops tf = layers.tf();
    Param w =
        layers
            .params()
            .param(
                name + ".weight",
                Layout.CONV,
                Initializer.fanIn(channels),
                channels,
                channels,
                1,
                1);
    Param b = layers.params().param(name + ".bias", Layout.PLAIN, biasInit, channels);
    Operand<TFloat32> matrix = w.weight().reshape(channels, channels).operand();
    return tf.nn.biasAdd(tf.linalg.matMul(y, matrix), b.value());
  }

  /** On a zero padded 1x1 map only the kernel's centre meets the value. */
  private Operand<TFloat32> depthwise(
      String name, Operand<TFloat32> y, int channels, Initializer biasInit) {
    Ops tf = layers.tf();
    Param w =
        layers
            .params()
            .param(name + ".weight", Layout.DEPTHWISE, Initializer.fanIn(9), channels, 1, 3, 3);
    Param b = layers.params().param(name + ".bias", Layout.PLAIN, biasInit, channels);
    Operand<TFloat32> centre = w.weight().slice(0, 1, 1).slice(1, 1, 1).reshape(channels).operand();
    return tf.nn.biasAdd(tf.math.mul(y, centre), b.value());
  }
}
