package org.perceiveir.model.nn;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.op.Ops;
import org.tensorflow.op.nn.LeakyRelu;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * The layers that the blocks are made of, on NHWC float32.
 *
 * <p>Only formulations whose C++ gradients are right are used: SAME or VALID padding, no dilation,
 * no explicit padding attribute. Joint projections (q, k, v; the two halves of a gate) keep
 * PyTorch's single weight and slice it, because slicing the weight is far cheaper than splitting
 * the activation.
 */
public final class Layers {
  private static final List<Long> ONE = List.of(1L, 1L, 1L, 1L);

  private final Ops tf;
  private final ParamStore params;

  /** Layers whose parameters go to {@code params}. */
  public Layers(Ops tf, ParamStore params) {
    this.tf = tf;
    this.params = params;
  }

  /** The operations of the graph that is being built. */
  public Ops tf() {
    return tf;
  }

  ParamStore params() {
    return params;
  }

  /** A scalar constant. */
  public Operand<TFloat32> scalar(double value) {
    return tf.constant((float) value);
  }

  Operand<TInt32> ints(int... values) {
    return tf.constant(values);
  }

  /**
   * Convolution of stride 1 with zero padding of {@code (kernel - 1) / 2} on each side.
   *
   * <p>There is no strided form on purpose: the gradient of a strided 1x1 convolution corrupts the
   * native heap of TensorFlow 2.18 on some CPUs. {@link #pixelUnshuffle} lowers the resolution
   * instead.
   *
   * @param x {@code (batch, height, width, in)}
   * @return {@code (batch, height, width, out)}
   */
  public Operand<TFloat32> conv(
      String name, Operand<TFloat32> x, int in, int out, int kernel, boolean bias) {
    Initializer init = Initializer.fanIn((long) in * kernel * kernel);
    Param weight = params.param(name + ".weight", Layout.CONV, init, out, in, kernel, kernel);
    Operand<TFloat32> y =
        kernel == 1
            ? pointwise(x, weight.value(), in, out)
            : tf.nn.conv2d(x, weight.value(), ONE, "SAME");
    return bias ? addBias(name, y, out, init) : y;
  }

  private Operand<TFloat32> addBias(
      String name, Operand<TFloat32> y, int channels, Initializer init) {
    Param b = params.param(name + ".bias", Layout.PLAIN, init, channels);
    return tf.nn.biasAdd(y, b.value());
  }

  /**
   * 2x2 convolution of stride 2 with a bias, no padding.
   *
   * @param x {@code (batch, height, width, in)}, even sides
   * @return {@code (batch, height / 2, width / 2, out)}
   */
  public Operand<TFloat32> downConv(String name, Operand<TFloat32> x, int in, int out) {
    Initializer init = Initializer.fanIn(4L * in);
    Param weight = params.param(name + ".weight", Layout.CONV, init, out, in, 2, 2);
    Operand<TFloat32> y = tf.nn.conv2d(x, weight.value(), List.of(1L, 2L, 2L, 1L), "VALID");
    return addBias(name, y, out, init);
  }

  /**
   * A 1x1 convolution. As a matrix product of the flattened pixels it is a tenth slower here, in
   * the forward pass and in a training step alike.
   */
  private Operand<TFloat32> pointwise(
      Operand<TFloat32> x, Operand<TFloat32> weight, int in, int out) {
    return tf.nn.conv2d(x, tf.reshape(weight, ints(1, 1, in, out)), ONE, "SAME");
  }

  /**
   * Several 1x1 convolutions, each followed by a 3x3 depthwise one, that PyTorch keeps in joint
   * weights.
   *
   * @param pointwiseName name of the joint 1x1 convolution {@code in -> parts * out}
   * @param depthwiseName name of the joint depthwise convolution on {@code parts * out} channels
   * @param x {@code (batch, height, width, in)}
   * @return {@code parts} tensors {@code (batch, height, width, out)}
   */
  public List<Operand<TFloat32>> jointPointwiseDepthwise(
      String pointwiseName,
      String depthwiseName,
      Operand<TFloat32> x,
      int in,
      int out,
      int parts,
      boolean bias) {
    Initializer pointInit = Initializer.fanIn(in);
    Initializer depthInit = Initializer.fanIn(9);
    Param point =
        params.param(
            pointwiseName + ".weight", Layout.CONV, pointInit, (long) parts * out, in, 1, 1);
    Param depth =
        params.param(
            depthwiseName + ".weight", Layout.DEPTHWISE, depthInit, (long) parts * out, 1, 3, 3);
    Operand<TFloat32> pointBias = null;
    Operand<TFloat32> depthBias = null;
    if (bias) {
      pointBias =
          params
              .param(pointwiseName + ".bias", Layout.PLAIN, pointInit, (long) parts * out)
              .value();
      depthBias =
          params
              .param(depthwiseName + ".bias", Layout.PLAIN, depthInit, (long) parts * out)
              .value();
    }
    List<Operand<TFloat32>> result = new ArrayList<>();
    for (int p = 0; p < parts; p++) {
      Operand<TFloat32> w =
          slice(point.value(), new int[] {0, 0, 0, p * out}, new int[] {1, 1, in, out});
      Operand<TFloat32> d =
          slice(depth.value(), new int[] {0, 0, p * out, 0}, new int[] {3, 3, out, 1});
      Operand<TFloat32> y = pointwise(x, w, in, out);
      if (pointBias != null) {
        y = tf.nn.biasAdd(y, slice(pointBias, new int[] {p * out}, new int[] {out}));
      }
      y = tf.nn.depthwiseConv2dNative(y, d, ONE, "SAME");
      if (depthBias != null) {
        y = tf.nn.biasAdd(y, slice(depthBias, new int[] {p * out}, new int[] {out}));
      }
      result.add(y);
    }
    return result;
  }

  /**
   * A joint 1x1 convolution {@code in -> 2 * out} whose halves are multiplied: NAFNet's simple
   * gate.
   *
   * @param x {@code (batch, height, width, in)}
   * @return {@code (batch, height, width, out)}
   */
  public Operand<TFloat32> gatedPointwise(String name, Operand<TFloat32> x, int in, int out) {
    Initializer init = Initializer.fanIn(in);
    Param weight = params.param(name + ".weight", Layout.CONV, init, 2L * out, in, 1, 1);
    Param bias = params.param(name + ".bias", Layout.PLAIN, init, 2L * out);
    List<Operand<TFloat32>> halves = new ArrayList<>();
    for (int p = 0; p < 2; p++) {
      Operand<TFloat32> w =
          slice(weight.value(), new int[] {0, 0, 0, p * out}, new int[] {1, 1, in, out});
      Operand<TFloat32> b = slice(bias.value(), new int[] {p * out}, new int[] {out});
      halves.add(tf.nn.biasAdd(pointwise(x, w, in, out), b));
    }
    return tf.math.mul(halves.get(0), halves.get(1));
  }

  private Operand<TFloat32> slice(Operand<TFloat32> x, int[] begin, int[] size) {
    return tf.slice(x, tf.constant(begin), tf.constant(size));
  }

  /**
   * Linear layer.
   *
   * @param x {@code (batch, in)}
   * @return {@code (batch, out)}
   */
  public Operand<TFloat32> linear(String name, Operand<TFloat32> x, int in, int out) {
    Initializer init = Initializer.fanIn(in);
    return linear(name, x, in, out, init, init);
  }

  Operand<TFloat32> linear(
      String name,
      Operand<TFloat32> x,
      int in,
      int out,
      Initializer weightInit,
      Initializer biasInit) {
    Param w = params.param(name + ".weight", Layout.LINEAR, weightInit, out, in);
    Param b = params.param(name + ".bias", Layout.PLAIN, biasInit, out);
    return tf.nn.biasAdd(tf.linalg.matMul(x, w.value()), b.value());
  }

  /**
   * LayerNorm over channels: {@code (x - mean) / sqrt(var + eps) * weight + bias} with the biased
   * variance.
   *
   * @param x {@code (batch, height, width, channels)}
   * @return the same shape
   */
  public Operand<TFloat32> layerNorm(String name, Operand<TFloat32> x, int channels, double eps) {
    Param weight = params.param(name + ".weight", Layout.PLAIN, Initializer.ONES, channels);
    Param bias = params.param(name + ".bias", Layout.PLAIN, Initializer.ZEROS, channels);
    Operand<TFloat32> mean = meanOverChannels(x);
    Operand<TFloat32> centred = tf.math.sub(x, mean);
    Operand<TFloat32> variance = meanOverChannels(tf.math.square(centred));
    Operand<TFloat32> scale = tf.math.rsqrt(tf.math.add(variance, scalar(eps)));
    return tf.math.add(tf.math.mul(tf.math.mul(centred, scale), weight.value()), bias.value());
  }

  /**
   * LayerNorm without mean and bias: {@code x / sqrt(var + eps) * weight}; the variance is about
   * the mean.
   */
  public Operand<TFloat32> biasFreeLayerNorm(
      String name, Operand<TFloat32> x, int channels, double eps) {
    Param weight = params.param(name + ".weight", Layout.PLAIN, Initializer.ONES, channels);
    Operand<TFloat32> centred = tf.math.sub(x, meanOverChannels(x));
    Operand<TFloat32> variance = meanOverChannels(tf.math.square(centred));
    Operand<TFloat32> scale = tf.math.rsqrt(tf.math.add(variance, scalar(eps)));
    return tf.math.mul(tf.math.mul(x, scale), weight.value());
  }

  private Operand<TFloat32> meanOverChannels(Operand<TFloat32> x) {
    return tf.math.mean(x, ints(3), org.tensorflow.op.math.Mean.keepDims(true));
  }

  /** Mean over height and width: {@code (batch, height, width, c)} to {@code (batch, 1, 1, c)}. */
  public Operand<TFloat32> globalAveragePool(Operand<TFloat32> x) {
    return tf.math.mean(x, ints(1, 2), org.tensorflow.op.math.Mean.keepDims(true));
  }

  /** Exact GELU: {@code x / 2 * (1 + erf(x / sqrt(2)))}. */
  public Operand<TFloat32> gelu(Operand<TFloat32> x) {
    Operand<TFloat32> erf = tf.math.erf(tf.math.mul(x, scalar(Math.sqrt(0.5))));
    return tf.math.mul(tf.math.mul(x, scalar(0.5)), tf.math.add(erf, scalar(1)));
  }

  /** Leaky ReLU with slope 0.1 below zero. */
  public Operand<TFloat32> leakyRelu(Operand<TFloat32> x) {
    return tf.nn.leakyRelu(x, LeakyRelu.alpha(0.1f));
  }

  /**
   * Convolution without bias, then PyTorch's PixelShuffle(2).
   *
   * <p>PyTorch numbers the channels before the shuffle {@code c * 4 + k}, TensorFlow {@code k * out
   * + c}, so the weight's output channels are reordered instead of the activation's.
   *
   * @param x {@code (batch, height, width, in)}
   * @return {@code (batch, 2 * height, 2 * width, out)}
   */
  public Operand<TFloat32> convPixelShuffle(
      String name, Operand<TFloat32> x, int in, int out, int kernel) {
    Initializer init = Initializer.fanIn((long) in * kernel * kernel);
    Param weight = params.param(name + ".weight", Layout.CONV, init, 4L * out, in, kernel, kernel);
    int[] order = new int[4 * out];
    for (int k = 0; k < 4; k++) {
      for (int c = 0; c < out; c++) {
        order[k * out + c] = c * 4 + k;
      }
    }
    Operand<TFloat32> reordered = tf.gather(weight.value(), tf.constant(order), tf.constant(3));
    return tf.nn.depthToSpace(tf.nn.conv2d(x, reordered, ONE, "SAME"), 2L);
  }

  /**
   * PyTorch's PixelUnshuffle: channel {@code c * fold^2 + k} of the result is pixel k of each
   * square of channel c.
   *
   * @param x {@code (batch, height, width, channels)}, sides multiples of {@code fold}
   * @return {@code (batch, height / fold, width / fold, fold^2 * channels)}
   */
  public Operand<TFloat32> pixelUnshuffle(Operand<TFloat32> x, int channels, int fold) {
    Operand<TFloat32> squares = tf.nn.spaceToDepth(x, (long) fold);
    int pixels = fold * fold;
    int[] order = new int[pixels * channels];
    for (int c = 0; c < channels; c++) {
      for (int k = 0; k < pixels; k++) {
        order[c * pixels + k] = k * channels + c;
      }
    }
    return tf.gather(squares, tf.constant(order), tf.constant(3));
  }

  /** Concatenates along channels. */
  public Operand<TFloat32> concatChannels(Operand<TFloat32> a, Operand<TFloat32> b) {
    return tf.concat(List.of(a, b), tf.constant(3));
  }

  /**
   * Concatenates along the last axis of matrices: {@code (batch, m), (batch, n)} to {@code (batch,
   * m + n)}.
   */
  public Operand<TFloat32> concatFeatures(Operand<TFloat32> a, Operand<TFloat32> b) {
    return tf.concat(List.of(a, b), tf.constant(1));
  }

  /**
   * Attention over channels (MDTA's core): {@code softmax(t * normalize(q) normalize(k)^T) v} for
   * each head, q and k L2-normalised over pixels.
   *
   * <p>The norms are folded into the small channel-by-channel matrix, which is exact and spares two
   * passes over the activations.
   *
   * @param q {@code (batch, height, width, channels)}
   * @param k the same shape
   * @param v the same shape
   * @param temperatureName name of the learned temperature, one for each head
   * @return the same shape
   */
  public Operand<TFloat32> channelAttention(
      Operand<TFloat32> q,
      Operand<TFloat32> k,
      Operand<TFloat32> v,
      int channels,
      int heads,
      String temperatureName) {
    Param temperature = params.param(temperatureName, Layout.PLAIN, Initializer.ONES, heads, 1, 1);
    Operand<TInt32> shape = tf.shape(q);
    Operand<TFloat32> qh = splitHeads(q, shape, channels, heads);
    Operand<TFloat32> kh = splitHeads(k, shape, channels, heads);
    Operand<TFloat32> vh = splitHeads(v, shape, channels, heads);
    Operand<TFloat32> products = batchMatMul(qh, kh, true, false);
    Operand<TFloat32> qNorm = tf.expandDims(pixelNorm(qh), tf.constant(3));
    Operand<TFloat32> kNorm = tf.expandDims(pixelNorm(kh), tf.constant(2));
    Operand<TFloat32> cosines = tf.math.div(tf.math.div(products, qNorm), kNorm);
    Operand<TFloat32> attention = tf.nn.softmax(tf.math.mul(cosines, temperature.value()));
    Operand<TFloat32> out = batchMatMul(vh, attention, false, true);
    return tf.reshape(tf.linalg.transpose(out, ints(0, 2, 1, 3)), shape);
  }

  /** {@code (batch, height, width, c)} to {@code (batch, heads, pixels, c / heads)}. */
  private Operand<TFloat32> splitHeads(
      Operand<TFloat32> x, Operand<TInt32> shape, int channels, int heads) {
    Operand<TInt32> batch = tf.slice(shape, ints(0), ints(1));
    Operand<TInt32> target =
        tf.concat(List.of(batch, ints(-1, heads, channels / heads)), tf.constant(0));
    return tf.linalg.transpose(tf.reshape(x, target), ints(0, 2, 1, 3));
  }

  /**
   * L2 norm over pixels, at least 1e-12: {@code (batch, heads, pixels, c)} to {@code (batch, heads,
   * c)}.
   */
  private Operand<TFloat32> pixelNorm(Operand<TFloat32> x) {
    Operand<TFloat32> sum = tf.reduceSum(tf.math.square(x), ints(2));
    return tf.math.sqrt(tf.math.maximum(sum, scalar(1e-24)));
  }

  /**
   * Matrix products over the last two axes; the axes before them broadcast.
   *
   * <p>The V2 kernel: oneDNN takes it, and not the V3 that the typed API makes.
   */
  public Operand<TFloat32> batchMatMul(
      Operand<TFloat32> a, Operand<TFloat32> b, boolean transposeA, boolean transposeB) {
    Operation op =
        tf.scope()
            .opBuilder("BatchMatMulV2", "BatchMatMulV2")
            .addInput(a.asOutput())
            .addInput(b.asOutput())
            .setAttr("adj_x", transposeA)
            .setAttr("adj_y", transposeB)
            .build();
    return op.<TFloat32>output(0);
  }
}
