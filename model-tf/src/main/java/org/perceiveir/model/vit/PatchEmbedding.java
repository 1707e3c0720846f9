package org.perceiveir.model.vit;

import java.util.List;
import org.perceiveir.model.nn.Initializer;
import org.perceiveir.model.nn.Layout;
import org.perceiveir.model.nn.ParamStore;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Images to tokens: one linear map of every square patch, then the tokens that stand before the
 * patches, then positions.
 */
public final class PatchEmbedding {
  private final Ops tf;
  private final ParamStore params;
  private final String name;
  private final int patch;
  private final int width;
  private final boolean bias;

  /**
   * An embedding whose parameters {@code name.weight} and, with a bias, {@code name.bias} go to
   * {@code params}.
   *
   * @param patch side of a patch in pixels, at least 2: with 1 the convolution would be a strided
   *     1x1 one, whose gradient corrupts the native heap
   * @param width features of a token
   */
  public PatchEmbedding(
      Ops tf, ParamStore params, String name, int patch, int width, boolean bias) {
    if (patch < 2) {
      throw new IllegalArgumentException("patch of side " + patch + ": it must be at least 2");
    }
    this.tf = tf;
    this.params = params;
    this.name = name;
    this.patch = patch;
    this.width = width;
    this.bias = bias;
    weight();
    if (bias) {
      biasValue();
    }
  }

  private Operand<TFloat32> weight() {
    Initializer init = Initializer.fanIn(3L * patch * patch);
    return params.param(name + ".weight", Layout.CONV, init, width, 3, patch, patch).value();
  }

  private Operand<TFloat32> biasValue() {
    return params.param(name + ".bias", Layout.PLAIN, Initializer.ZEROS, width).value();
  }

  /**
   * Number of patches along one side of images.
   *
   * @param images {@code (batch, height, width, 3)}
   * @param axis 1 for rows, 2 for columns
   * @throws IllegalArgumentException if the shape does not say, or is no multiple of the patch
   */
  public int patches(Operand<TFloat32> images, int axis) {
    Shape shape = images.shape();
    if (shape.numDimensions() != 4 || (shape.get(3) != 3 && shape.get(3) != Shape.UNKNOWN_SIZE)) {
      throw new IllegalArgumentException(
          "images of shape " + shape + ": expected (batch, height, width, 3)");
    }
    long side = shape.get(axis);
    if (side < patch || side % patch != 0) {
      throw new IllegalArgumentException(
          "images of shape "
              + shape
              + ": height and width must be known and multiples of the patch, "
              + patch
              + " pixels; resize first");
    }
    return Math.toIntExact(side / patch);
  }

  /**
   * One token for each patch.
   *
   * @param images {@code (batch, rows * patch, columns * patch, 3)}
   * @return {@code (batch, rows, columns, width)}
   */
  public Operand<TFloat32> map(Operand<TFloat32> images) {
    List<Long> strides = List.of(1L, (long) patch, (long) patch, 1L);
    Operand<TFloat32> map = tf.nn.conv2d(images, weight(), strides, "VALID");
    return bias ? tf.nn.biasAdd(map, biasValue()) : map;
  }

  /**
   * All tokens of images: what stands before the patches, then the patches row by row.
   *
   * <p>The patches are padded in front and the table added, which needs no copy of the class token
   * for each image.
   *
   * @param images {@code (batch, rows * patch, columns * patch, 3)}
   * @param table {@code (before + rows * columns, width)}: the tokens that stand before, with their
   *     positions, then the patches' positions
   * @param before number of tokens that stand before the patches
   * @return {@code (batch, before + rows * columns, width)}
   */
  public Operand<TFloat32> tokens(Operand<TFloat32> images, Operand<TFloat32> table, int before) {
    int count = patches(images, 1) * patches(images, 2);
    Operand<TFloat32> patches = tf.reshape(map(images), tf.array(-1, count, width));
    Operand<TFloat32> padded =
        tf.pad(patches, tf.constant(new int[][] {{0, 0}, {before, 0}, {0, 0}}), tf.constant(0f));
    return tf.math.add(padded, table);
  }
}
