package org.perceiveir.model.lpips;

import java.util.ArrayList;
import java.util.List;
import org.perceiveir.model.nn.Initializer;
import org.perceiveir.model.nn.Layers;
import org.perceiveir.model.nn.Layout;
import org.perceiveir.model.nn.Param;
import org.perceiveir.model.nn.ParamStore;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * The convolutional part of AlexNet as torchvision builds it ({@code alexnet.features}), up to its
 * last ReLU.
 */
final class AlexNetFeatures {
  private static final int[] WINDOW = {1, 3, 3, 1};
  private static final int[] STRIDE = {1, 2, 2, 1};

  private final Ops tf;
  private final Layers layers;
  private final ParamStore params;

  AlexNetFeatures(Ops tf, ParamStore params) {
    this.tf = tf;
    this.layers = new Layers(tf, params);
    this.params = params;
  }

  /**
   * Outputs of the five ReLUs, {@code features[1]}, {@code [4]}, {@code [7]}, {@code [9]} and
   * {@code [11]}.
   *
   * @param images {@code (batch, height, width, 3)}, both sides at least 31
   * @return 64, 192, 384, 256 and 256 channels
   */
  List<Operand<TFloat32>> apply(Operand<TFloat32> images) {
    List<Operand<TFloat32>> taps = new ArrayList<>();
    Operand<TFloat32> x = tf.nn.relu(stem(images));
    taps.add(x);
    x = tf.nn.relu(layers.conv("features.3", pool(x), 64, 192, 5, true));
    taps.add(x);
    x = tf.nn.relu(layers.conv("features.6", pool(x), 192, 384, 3, true));
    taps.add(x);
    x = tf.nn.relu(layers.conv("features.8", x, 384, 256, 3, true));
    taps.add(x);
    x = tf.nn.relu(layers.conv("features.10", x, 256, 256, 3, true));
    taps.add(x);
    return taps;
  }

  /** 11x11 convolution of stride 4 with two pixels of zeros on every side. */
  private Operand<TFloat32> stem(Operand<TFloat32> images) {
    Initializer init = Initializer.fanIn(3L * 11 * 11);
    Param weight = params.param("features.0.weight", Layout.CONV, init, 64, 3, 11, 11);
    Param bias = params.param("features.0.bias", Layout.PLAIN, init, 64);
    // SAME would put the padding elsewhere.
    Operand<TFloat32> padded =
        tf.pad(images, tf.constant(new int[][] {{0, 0}, {2, 2}, {2, 2}, {0, 0}}), tf.constant(0f));
    return tf.nn.biasAdd(
        tf.nn.conv2d(padded, weight.value(), List.of(1L, 4L, 4L, 1L), "VALID"), bias.value());
  }

  private Operand<TFloat32> pool(Operand<TFloat32> x) {
    return tf.nn.maxPool(x, tf.constant(WINDOW), tf.constant(STRIDE), "VALID");
  }
}
