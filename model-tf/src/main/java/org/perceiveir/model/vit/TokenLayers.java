package org.perceiveir.model.vit;

import org.perceiveir.model.nn.Initializer;
import org.perceiveir.model.nn.Layers;
import org.perceiveir.model.nn.Layout;
import org.perceiveir.model.nn.ParamStore;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;

/**
 * Layers on tokens: the last axis has the features, whatever stands before it.
 *
 * <p>Parameters exist once their layer was declared or built.
 */
public final class TokenLayers {
  private static final double QUICK_GELU_SLOPE = 1.702;

  private final Ops tf;
  private final ParamStore params;
  private final Layers layers;

  /** Layers whose parameters go to {@code params}. */
  public TokenLayers(Ops tf, ParamStore params) {
    this.tf = tf;
    this.params = params;
    this.layers = new Layers(tf, params);
  }

  Ops tf() {
    return tf;
  }

  ParamStore params() {
    return params;
  }

  Layers layers() {
    return layers;
  }

  /** Uniform numbers of this standard deviation. */
  public static Initializer deviation(double deviation) {
    return new Initializer(Initializer.Kind.UNIFORM, Math.sqrt(3) * deviation);
  }

  /** Makes the parameters of a {@link #layerNorm}. */
  public void declareLayerNorm(String name, int width) {
    params.param(name + ".weight", Layout.PLAIN, Initializer.ONES, width);
    params.param(name + ".bias", Layout.PLAIN, Initializer.ZEROS, width);
  }

  /**
   * LayerNorm over features: {@code (x - mean) / sqrt(var + eps) * weight + bias} with the biased
   * variance.
   *
   * @param x {@code (..., width)}
   * @return the same shape
   */
  public Operand<TFloat32> layerNorm(String name, Operand<TFloat32> x, int width, double epsilon) {
    Operand<TFloat32> weight =
        params.param(name + ".weight", Layout.PLAIN, Initializer.ONES, width).value();
    Operand<TFloat32> bias =
        params.param(name + ".bias", Layout.PLAIN, Initializer.ZEROS, width).value();
    Operand<TFloat32> centred = tf.math.sub(x, meanOverFeatures(x));
    Operand<TFloat32> variance = meanOverFeatures(tf.math.square(centred));
    Operand<TFloat32> scale = tf.math.rsqrt(tf.math.add(variance, layers.scalar(epsilon)));
    return tf.math.add(tf.math.mul(tf.math.mul(centred, scale), weight), bias);
  }

  private Operand<TFloat32> meanOverFeatures(Operand<TFloat32> x) {
    int last = x.shape().numDimensions() - 1;
    return tf.math.mean(x, tf.array(last), Mean.keepDims(true));
  }

  /**
   * A linear layer named as a whole, for instance {@code attn.in_proj_} before {@code weight}.
   *
   * @param x {@code (rows, in)}
   * @return {@code (rows, out)}
   */
  Operand<TFloat32> linear(
      String prefix, Operand<TFloat32> x, int in, int out, Initializer weightInit) {
    Operand<TFloat32> weight =
        params.param(prefix + "weight", Layout.LINEAR, weightInit, out, in).value();
    Operand<TFloat32> bias =
        params.param(prefix + "bias", Layout.PLAIN, Initializer.ZEROS, out).value();
    return tf.nn.biasAdd(tf.linalg.matMul(x, weight), bias);
  }

  Operand<TFloat32> activate(Activation activation, Operand<TFloat32> x) {
    return switch (activation) {
      case GELU -> layers.gelu(x);
      case QUICK_GELU ->
          tf.math.mul(x, tf.math.sigmoid(tf.math.mul(x, layers.scalar(QUICK_GELU_SLOPE))));
    };
  }

  /**
   * Features of the token at one place.
   *
   * @param x {@code (batch, tokens, width)}
   * @return {@code (batch, width)}
   */
  Operand<TFloat32> tokenAt(Operand<TFloat32> x, int place, int width) {
    Operand<TFloat32> token = tf.slice(x, tf.array(0, place, 0), tf.array(-1, 1, width));
    return tf.reshape(token, tf.array(-1, width));
  }

  /**
   * The patches behind the tokens that come before them.
   *
   * @param x {@code (batch, before + rows * columns, width)}
   * @return {@code (batch, rows, columns, width)}
   */
  Operand<TFloat32> patchesAfter(
      Operand<TFloat32> x, int before, int rows, int columns, int width) {
    Operand<TFloat32> patches =
        tf.slice(x, tf.array(0, before, 0), tf.array(-1, rows * columns, width));
    return tf.reshape(patches, tf.array(-1, rows, columns, width));
  }
}
