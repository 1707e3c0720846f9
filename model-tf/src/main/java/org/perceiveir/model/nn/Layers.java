package org.perceiveir.model.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
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
  private final Formulation formulation;

  /** Layers as they are trained, whose parameters go to {@code params}. */
  public Layers(Ops tf, ParamStore params) {
    this(tf, params, Formulation.TRAINING);
  }

  /** Layers in this formulation, whose parameters go to {@code params}. */
  public Layers(Ops tf, ParamStore params, Formulation formulation) {
    this.tf = tf;
    this.params = params;
    this.formulation = formulation;
  }

  /** Whether a rewrite is made. */
  boolean has(Rewrite rewrite) {
    return formulation.has(rewrite);
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
    Operand<TFloat32> y = tf.nn.conv2d(x, weight.value(), ONE, "SAME");
    return bias ? addBias(name, y, out, init) : y;
  }

  /**
   * A 1x1 convolution with a bias whose result is multiplied by a learned scale per channel, which
   * starts at zero.
   *
   * @param x {@code (batch, height, width, channels)}
   * @return the same shape
   */
  Operand<TFloat32> scaledPointwise(
      String name, String scaleName, Operand<TFloat32> x, int channels) {
    Weight scale =
        params
            .param(scaleName, Layout.CHANNEL_SCALE, Initializer.ZEROS, 1, channels, 1, 1)
            .weight();
    if (!has(Rewrite.FOLDED_SCALES)) {
      return tf.math.mul(conv(name, x, channels, channels, 1, true), scale.operand());
    }
    Initializer init = Initializer.fanIn(channels);
    Weight weight =
        params.param(name + ".weight", Layout.CONV, init, channels, channels, 1, 1).weight();
    Weight bias = params.param(name + ".bias", Layout.PLAIN, init, channels).weight();
    return tf.nn.biasAdd(pointwise(x, weight.scale(3, scale)), bias.scale(0, scale).operand());
  }

  /**
   * A convolution with a bias of an image whose pixel squares are folded into channels: {@code
   * conv(pixelUnshuffle(image))}.
   *
   * <p>Where it is not to be differentiated it is a convolution of the image itself, with a stride
   * of {@code fold} and a kernel {@code fold} times as large, of the same numbers in another order.
   *
   * @param image {@code (batch, height, width, channels)}, sides multiples of {@code fold}
   * @return {@code (batch, height / fold, width / fold, out)}
   */
  public Operand<TFloat32> foldedConv(
      String name, Operand<TFloat32> image, int channels, int fold, int out, int kernel) {
    int in = channels * fold * fold;
    if (!has(Rewrite.STRIDED_FEATURES)) {
      return conv(name, pixelUnshuffle(image, channels, fold), in, out, kernel, true);
    }
    Initializer init = Initializer.fanIn((long) in * kernel * kernel);
    Weight strided =
        params
            .param(name + ".weight", Layout.CONV, init, out, in, kernel, kernel)
            .weight()
            .reshape(kernel, kernel, channels, fold, fold, out)
            .transpose(0, 3, 1, 4, 2, 5)
            .reshape(kernel * fold, kernel * fold, channels, out);
    Operand<TFloat32> y =
        tf.nn.conv2d(image, strided.operand(), List.of(1L, (long) fold, (long) fold, 1L), "SAME");
    return addBias(name, y, out, init);
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
  private Operand<TFloat32> pointwise(Operand<TFloat32> x, Weight weight) {
    return tf.nn.conv2d(x, weight.operand(), ONE, "SAME");
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
    double[] factors = new double[parts];
    Arrays.fill(factors, 1);
    return jointPointwiseDepthwise(
        pointwiseName, depthwiseName, Normalised.done(x), in, out, bias, factors);
  }

  /**
   * The same of a tensor whose norm may still be due, each part times a factor.
   *
   * @param factors one for each part; other than 1 only where there is no bias
   */
  List<Operand<TFloat32>> jointPointwiseDepthwise(
      String pointwiseName,
      String depthwiseName,
      Normalised x,
      int in,
      int out,
      boolean bias,
      double... factors) {
    int parts = factors.length;
    int all = parts * out;
    Initializer pointInit = Initializer.fanIn(in);
    Initializer depthInit = Initializer.fanIn(9);
    Weight point =
        params.param(pointwiseName + ".weight", Layout.CONV, pointInit, all, in, 1, 1).weight();
    Weight depth =
        params.param(depthwiseName + ".weight", Layout.DEPTHWISE, depthInit, all, 1, 3, 3).weight();
    Weight pointBias = null;
    Weight depthBias = null;
    if (bias) {
      pointBias = params.param(pointwiseName + ".bias", Layout.PLAIN, pointInit, all).weight();
      depthBias = params.param(depthwiseName + ".bias", Layout.PLAIN, depthInit, all).weight();
    }
    if (!has(Rewrite.SLICED_WEIGHTS)) {
      List<Operand<TFloat32>> split = new ArrayList<>();
      Operand<TFloat32> y = pointwiseDepthwise(x, point, pointBias, depth, depthBias);
      tf.split(tf.constant(3), y, (long) parts).forEach(split::add);
      for (int p = 0; p < parts; p++) {
        if (factors[p] != 1) {
          split.set(p, tf.math.mul(split.get(p), scalar(factors[p])));
        }
      }
      return split;
    }
    List<Operand<TFloat32>> result = new ArrayList<>();
    for (int p = 0; p < parts; p++) {
      int from = p * out;
      Weight d = depth.slice(2, from, out);
      result.add(
          pointwiseDepthwise(
              x,
              point.slice(3, from, out),
              pointBias == null ? null : pointBias.slice(0, from, out),
              factors[p] == 1 ? d : d.times(factors[p]),
              depthBias == null ? null : depthBias.slice(0, from, out)));
    }
    return result;
  }

  private Operand<TFloat32> pointwiseDepthwise(
      Normalised x,
      Weight point,
      @Nullable Weight pointBias,
      Weight depth,
      @Nullable Weight depthBias) {
    Operand<TFloat32> y = pointwise(x, point, pointBias);
    y = tf.nn.depthwiseConv2dNative(y, depth.operand(), ONE, "SAME");
    return depthBias == null ? y : tf.nn.biasAdd(y, depthBias.operand());
  }

  private Operand<TFloat32> pointwise(Normalised x, Weight weight, @Nullable Weight bias) {
    Operand<TFloat32> y = pointwise(x.x(), x.into(weight));
    Weight whole = x.intoBias(weight, bias);
    return whole == null ? y : tf.nn.biasAdd(y, whole.operand());
  }

  /**
   * A joint 1x1 convolution {@code in -> 2 * out} whose halves are multiplied: NAFNet's simple
   * gate.
   *
   * @param x {@code (batch, height, width, in)}
   * @return {@code (batch, height, width, out)}
   */
  Operand<TFloat32> gatedPointwise(String name, Normalised x, int in, int out) {
    Initializer init = Initializer.fanIn(in);
    Weight weight = params.param(name + ".weight", Layout.CONV, init, 2L * out, in, 1, 1).weight();
    Weight bias = params.param(name + ".bias", Layout.PLAIN, init, 2L * out).weight();
    if (!has(Rewrite.SLICED_WEIGHTS)) {
      var split = tf.split(tf.constant(3), pointwise(x, weight, bias), 2L).output();
      return tf.math.mul(split.get(0), split.get(1));
    }
    return tf.math.mul(
        pointwise(x, weight.slice(3, 0, out), bias.slice(0, 0, out)),
        pointwise(x, weight.slice(3, out, out), bias.slice(0, out, out)));
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
    Weight gain = gain(name, channels);
    Weight shift = shift(name, channels);
    Operand<TFloat32> centred = tf.math.sub(x, meanOverChannels(x));
    Operand<TFloat32> scaled = tf.math.mul(centred, inverseDeviation(tf.math.square(centred), eps));
    return tf.math.add(tf.math.mul(scaled, gain.operand()), shift.operand());
  }

  /**
   * LayerNorm without mean and bias: {@code x / sqrt(var + eps) * weight}; the variance is about
   * the mean.
   */
  public Operand<TFloat32> biasFreeLayerNorm(
      String name, Operand<TFloat32> x, int channels, double eps) {
    Weight gain = gain(name, channels);
    Operand<TFloat32> centred = tf.math.sub(x, meanOverChannels(x));
    Operand<TFloat32> scaled = tf.math.mul(x, inverseDeviation(tf.math.square(centred), eps));
    return tf.math.mul(scaled, gain.operand());
  }

  /** LayerNorm, with or without mean and bias, of what only 1x1 convolutions take. */
  Normalised normalise(
      String name, Operand<TFloat32> x, int channels, double eps, boolean biasFree) {
    if (!has(Rewrite.FOLDED_AFFINE)) {
      return Normalised.done(
          biasFree ? biasFreeLayerNorm(name, x, channels, eps) : layerNorm(name, x, channels, eps));
    }
    Weight gain = gain(name, channels);
    Weight shift = biasFree ? null : shift(name, channels);
    Operand<TFloat32> centred = tf.math.sub(x, meanOverChannels(x));
    Operand<TFloat32> scale = inverseDeviation(tf.math.square(centred), eps);
    return new Normalised(tf.math.mul(biasFree ? x : centred, scale), gain, shift);
  }

  private Weight gain(String name, int channels) {
    return params.param(name + ".weight", Layout.PLAIN, Initializer.ONES, channels).weight();
  }

  private Weight shift(String name, int channels) {
    return params.param(name + ".bias", Layout.PLAIN, Initializer.ZEROS, channels).weight();
  }

  private Operand<TFloat32> inverseDeviation(Operand<TFloat32> squares, double eps) {
    return tf.math.rsqrt(tf.math.add(meanOverChannels(squares), scalar(eps)));
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
   * @param x {@code (batch, height, width, in)}
   * @return {@code (batch, 2 * height, 2 * width, out)}
   */
  public Operand<TFloat32> convPixelShuffle(
      String name, Operand<TFloat32> x, int in, int out, int kernel) {
    return convPixelShuffle(name, x, in, out, kernel, 2, false);
  }

  /**
   * Convolution, then PyTorch's PixelShuffle.
   *
   * <p>PyTorch numbers the channels before the shuffle {@code c * fold^2 + k}, TensorFlow {@code k
   * * out + c}, so the weight's output channels are reordered instead of the activation's.
   *
   * @param x {@code (batch, height, width, in)}
   * @return {@code (batch, fold * height, fold * width, out)}
   */
  public Operand<TFloat32> convPixelShuffle(
      String name, Operand<TFloat32> x, int in, int out, int kernel, int fold, boolean bias) {
    int squares = fold * fold;
    Initializer init = Initializer.fanIn((long) in * kernel * kernel);
    Param weight =
        params.param(name + ".weight", Layout.CONV, init, (long) squares * out, in, kernel, kernel);
    int[] order = new int[squares * out];
    for (int k = 0; k < squares; k++) {
      for (int c = 0; c < out; c++) {
        order[k * out + c] = c * squares + k;
      }
    }
    Operand<TFloat32> y;
    if (has(Rewrite.SLICED_WEIGHTS)) {
      Weight reordered = weight.weight().gather(3, order);
      y = tf.nn.conv2d(x, reordered.operand(), ONE, "SAME");
    } else {
      y = tf.nn.conv2d(x, weight.value(), ONE, "SAME");
      y = tf.gather(y, tf.constant(order), tf.constant(3));
    }
    if (bias) {
      Param b = params.param(name + ".bias", Layout.PLAIN, init, (long) squares * out);
      y = tf.nn.biasAdd(y, b.weight().gather(0, order).operand());
    }
    return tf.nn.depthToSpace(y, (long) fold);
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
