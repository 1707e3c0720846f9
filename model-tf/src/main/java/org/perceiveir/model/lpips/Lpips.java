package org.perceiveir.model.lpips;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.perceiveir.model.vgg.Vgg16Config;
import org.perceiveir.model.vgg.Vgg16Features;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.types.TFloat32;

/**
 * The learned perceptual image patch similarity of Zhang et al. (CVPR 2018), version 0.1 with its
 * official linear weights; 0 for equal images, larger for images that look less alike.
 *
 * <p>Features of five layers of a frozen trunk, scaled to unit length over channels; {@code sum_l
 * mean_hw sum_c w_lc (f_lc(a) - f_lc(b))^2}.
 *
 * <p>The linear weights ship with the product (BSD 2-clause, see the licence beside them). The
 * trunk's weights are torchvision's, of networks trained on ImageNet, and are the user's to bring.
 */
public final class Lpips {
  private static final float[] SHIFT = {-0.030f, -0.088f, -0.188f};
  private static final float[] SCALE = {0.458f, 0.448f, 0.450f};
  private static final double EPS = 1e-10;

  private final Ops tf;
  private final ParamStore params;
  private final Trunk trunk;
  private final List<Operand<TFloat32>> linear;

  /** The frozen network whose features are compared. */
  public enum Trunk {
    /** torchvision's VGG-16, 14,714,688 parameters. */
    VGG16("vgg"),
    /** torchvision's AlexNet, 2,469,696 parameters: the usual choice for figures. */
    ALEXNET("alex");

    private final String id;

    Trunk(String id) {
      this.id = id;
    }

    /**
     * The convolutions of a torchvision state dict, without its {@code classifier.*}, which LPIPS
     * does not use.
     */
    public Map<String, FloatTensor> features(Map<String, FloatTensor> stateDict) {
      // torchvision names the classifier alike in both.
      return Vgg16Config.features(stateDict);
    }
  }

  /**
   * The distance in a graph.
   *
   * @param params a store for the trunk alone, under torchvision's names {@code features.N.weight}
   *     and {@code .bias}; frozen
   */
  public Lpips(Ops tf, ParamStore params, Trunk trunk) {
    this.tf = tf;
    this.params = params;
    this.trunk = trunk;
    this.linear = linear(tf, trunk);
  }

  private static List<Operand<TFloat32>> linear(Ops tf, Trunk trunk) {
    String file = "lin_" + trunk.id + "_v0.1.safetensors";
    List<Operand<TFloat32>> weights = new ArrayList<>();
    try (InputStream in = Lpips.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException("the build lacks the LPIPS weights " + file);
      }
      SafeTensors tensors = SafeTensors.parse(in.readAllBytes());
      for (int l = 0; l < tensors.names().size(); l++) {
        float[] values = tensors.floats("lin" + l + ".model.1.weight").values();
        weights.add(tf.constant(Shape.of(values.length), DataBuffers.of(values, true, false)));
      }
    } catch (IOException e) {
      throw new IllegalStateException("the LPIPS weights " + file + " cannot be read", e);
    }
    return weights;
  }

  /**
   * The distance of each pair. The gradient flows to both images.
   *
   * @param a {@code (batch, height, width, 3)} in 0..1; sides at least 16 for VGG-16, 31 for
   *     AlexNet
   * @param b the same shape and range
   * @return {@code (batch)}, at least 0
   */
  public Operand<TFloat32> distance(Operand<TFloat32> a, Operand<TFloat32> b) {
    Operand<TFloat32> sum = null;
    for (Operand<TFloat32> layer : layerDistances(a, b)) {
      sum = sum == null ? layer : tf.math.add(sum, layer);
    }
    if (sum == null) {
      throw new IllegalStateException("LPIPS has no layers");
    }
    return sum;
  }

  /** What each of the five layers adds to the distance, {@code (batch)} each. */
  List<Operand<TFloat32>> layerDistances(Operand<TFloat32> a, Operand<TFloat32> b) {
    List<Operand<TFloat32>> ofA = features(a);
    List<Operand<TFloat32>> ofB = features(b);
    List<Operand<TFloat32>> distances = new ArrayList<>();
    for (int l = 0; l < linear.size(); l++) {
      Operand<TFloat32> difference = tf.math.sub(unit(ofA.get(l)), unit(ofB.get(l)));
      Operand<TFloat32> weighted = tf.math.mul(tf.math.square(difference), linear.get(l));
      Operand<TFloat32> ofPixels = tf.reduceSum(weighted, tf.constant(new int[] {3}));
      distances.add(tf.math.mean(ofPixels, tf.constant(new int[] {1, 2})));
    }
    return distances;
  }

  private List<Operand<TFloat32>> features(Operand<TFloat32> images) {
    // From 0..1 to LPIPS's -1..1 and through its scaling layer in one step.
    float[] factor = new float[3];
    float[] offset = new float[3];
    for (int c = 0; c < 3; c++) {
      factor[c] = 2 / SCALE[c];
      offset[c] = (-1 - SHIFT[c]) / SCALE[c];
    }
    Operand<TFloat32> x =
        tf.math.add(tf.math.mul(images, tf.constant(factor)), tf.constant(offset));
    return switch (trunk) {
      case VGG16 ->
          List.copyOf(
              new Vgg16Features(tf, params, Vgg16Config.full())
                  .apply(x, List.of(3, 8, 15, 22, 29))
                  .values());
      case ALEXNET -> new AlexNetFeatures(tf, params).apply(x);
    };
  }

  /** Every pixel's features divided by their norm plus 1e-10. */
  private Operand<TFloat32> unit(Operand<TFloat32> x) {
    Operand<TFloat32> sum =
        tf.reduceSum(tf.math.square(x), tf.constant(new int[] {3}), ReduceSum.keepDims(true));
    // The root's slope at 0 is infinite, and a pixel whose features are all 0 is not rare.
    Operand<TFloat32> norm = tf.math.sqrt(tf.math.maximum(sum, tf.constant(1e-30f)));
    return tf.math.div(x, tf.math.add(norm, tf.constant((float) EPS)));
  }
}
