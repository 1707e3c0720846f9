package org.perceiveir.model.vgg;

import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.perceiveir.model.nn.Layers;
import org.perceiveir.model.nn.ParamStore;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * The convolutional part of VGG-16 as torchvision numbers it: {@code features[0]} to {@code
 * features[30]}.
 *
 * <pre>
 *  0 conv1_1  1 relu  2 conv1_2  3 relu  4 pool
 *  5 conv2_1  6 relu  7 conv2_2  8 relu  9 pool
 * 10 conv3_1 11 relu 12 conv3_2 13 relu 14 conv3_3 15 relu 16 pool
 * 17 conv4_1 18 relu 19 conv4_2 20 relu 21 conv4_3 22 relu 23 pool
 * 24 conv5_1 25 relu 26 conv5_2 27 relu 28 conv5_3 29 relu 30 pool
 * </pre>
 *
 * <p>The network is frozen: its parameters belong into a {@link ParamStore} of their own, which no
 * optimiser sees. The gradient to the image flows.
 */
public final class Vgg16Features {
  /** Index of the last layer. */
  public static final int LAST = 30;

  private static final int[] POOL = {1, 2, 2, 1};

  private final Ops tf;
  private final Layers layers;
  private final Vgg16Config config;

  /**
   * A network whose parameters go to {@code params}, under torchvision's names.
   *
   * @param params the store of this network alone
   */
  public Vgg16Features(Ops tf, ParamStore params, Vgg16Config config) {
    this.tf = tf;
    this.layers = new Layers(tf, params);
    this.config = config;
  }

  /**
   * Outputs of chosen layers. Only the layers up to the last chosen one are built, and only their
   * parameters exist; all of them exist after a call with {@link #LAST} among the indices.
   *
   * @param images {@code (batch, height, width, 3)}, both sides at least 2 for each pooling on the
   *     way; in the range that the user of the features asks for, torchvision's training saw
   *     ImageNet's mean and deviation
   * @param indices layers of {@code features}, 0 to 30
   * @return {@code features[i]} by index, each {@code (batch, height / p, width / p, channels)}
   *     with p = 1, 2, 4, 8, 16 or 32 by the poolings before it
   * @throws IllegalArgumentException if an index is out of range or there is none
   */
  public SortedMap<Integer, Operand<TFloat32>> apply(
      Operand<TFloat32> images, Collection<Integer> indices) {
    TreeSet<Integer> wanted = new TreeSet<>(indices);
    if (wanted.isEmpty() || wanted.first() < 0 || wanted.last() > LAST) {
      throw new IllegalArgumentException(
          "VGG-16 layers " + wanted + ": choose at least one of 0 to " + LAST);
    }
    TreeMap<Integer, Operand<TFloat32>> found = new TreeMap<>();
    Operand<TFloat32> x = images;
    int index = 0;
    int in = 3;
    for (int s = 0; s < Vgg16Config.STAGES.size(); s++) {
      int out = config.widths().get(s);
      for (int i = 0; i < Vgg16Config.STAGES.get(s); i++) {
        x = layers.conv("features." + index, x, in, out, 3, true);
        keep(found, wanted, index++, x);
        if (found.size() == wanted.size()) {
          return Collections.unmodifiableSortedMap(found);
        }
        x = tf.nn.relu(x);
        keep(found, wanted, index++, x);
        in = out;
      }
      x = tf.nn.maxPool(x, tf.constant(POOL), tf.constant(POOL), "VALID");
      keep(found, wanted, index++, x);
      if (found.size() == wanted.size()) {
        break;
      }
    }
    return Collections.unmodifiableSortedMap(found);
  }

  private static void keep(
      SortedMap<Integer, Operand<TFloat32>> found,
      Set<Integer> wanted,
      int index,
      Operand<TFloat32> x) {
    if (wanted.contains(index)) {
      found.put(index, x);
    }
  }
}
