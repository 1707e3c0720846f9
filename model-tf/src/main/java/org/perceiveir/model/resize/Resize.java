package org.perceiveir.model.resize;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.OneHot;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/**
 * Differentiable resizing with PyTorch's semantics: half-pixel centres ({@code
 * align_corners=False}), sizes given by the output.
 *
 * <p>TensorFlow's own resize operations place or weigh the samples differently, and their gradients
 * are not all there. Resizing is linear and separable, so each axis is one matrix product with a
 * dense weight matrix {@code (in, out)}, whose gradient is exact. The matrices are made in the
 * graph from the shape that arrives; positions are in float64, because in float32 they are off by a
 * ten-thousandth of a pixel at the far side of a large frame.
 *
 * <p>With n input and m output pixels, {@code s = n / m} and {@code c_i = (i + 1/2) s}:
 *
 * <ul>
 *   <li>without antialias, pixel i samples at {@code c_i - 1/2}; taps outside of the image take the
 *       edge pixel;
 *   <li>with antialias, {@code w_ij = f((j + 1/2 - c_i) / max(s, 1))}, cut off at the edges and
 *       normalised to a sum of one.
 * </ul>
 */
public final class Resize {
  private static final double CUBIC_A = -0.75;
  private static final double CUBIC_ANTIALIAS_A = -0.5;

  private Resize() {}

  /**
   * Resizes a batch.
   *
   * @param images {@code (batch, h, w, channels)}; every size may be unknown until the graph runs
   * @param height rows of the result, at least 1
   * @param width columns of the result, at least 1
   * @return {@code (batch, height, width, channels)}; the cubic kernels overshoot the range of the
   *     input
   * @throws IllegalArgumentException if a size is below 1
   */
  public static Operand<TFloat32> apply(
      Ops tf, Operand<TFloat32> images, int height, int width, Interpolation interpolation) {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "resize to " + height + "x" + width + " pixels: both sides must be at least 1");
    }
    Operand<TInt32> batch = size(tf, images, 0);
    Operand<TInt32> rows = size(tf, images, 1);
    Operand<TInt32> columns = size(tf, images, 2);
    Operand<TInt32> channels = size(tf, images, 3);
    Operand<TInt32> rest = tf.constant(new int[] {-1});
    Operand<TInt32> newWidth = tf.constant(new int[] {width});
    Operand<TInt32> newHeight = tf.constant(new int[] {height});

    // Rows first, whose axis needs no transposition; only what is left of them is transposed.
    Operand<TFloat32> x = tf.reshape(images, join(tf, List.of(batch, rows, rest)));
    x = leftProduct(tf, weights(tf, rows, height, interpolation), x);
    x = tf.reshape(x, join(tf, List.of(rest, columns, channels)));
    x = tf.linalg.transpose(x, tf.constant(new int[] {0, 2, 1}));
    x = tf.reshape(x, join(tf, List.of(rest, columns)));
    x = tf.linalg.matMul(x, weights(tf, columns, width, interpolation));
    x = tf.reshape(x, join(tf, List.of(batch, newHeight, channels, newWidth)));
    return tf.linalg.transpose(x, tf.constant(new int[] {0, 1, 3, 2}));
  }

  /**
   * The transposed weights times each image.
   *
   * @param weights {@code (in, out)}
   * @param x {@code (batch, in, n)}
   * @return {@code (batch, out, n)}
   */
  private static Operand<TFloat32> leftProduct(
      Ops tf, Operand<TFloat32> weights, Operand<TFloat32> x) {
    // The V2 kernel: oneDNN takes it, and not the V3 that the typed API makes.
    return tf.scope()
        .opBuilder("BatchMatMulV2", "BatchMatMulV2")
        .addInput(weights.asOutput())
        .addInput(x.asOutput())
        .setAttr("adj_x", true)
        .build()
        .output(0);
  }

  /** One size of the images, {@code (1)}: a constant where it is known already. */
  private static Operand<TInt32> size(Ops tf, Operand<TFloat32> images, int axis) {
    Shape known = images.shape();
    if (!known.isUnknown() && known.get(axis) >= 0) {
      return tf.constant(new int[] {Math.toIntExact(known.get(axis))});
    }
    return tf.slice(tf.shape(images), tf.constant(new int[] {axis}), tf.constant(new int[] {1}));
  }

  private static Operand<TInt32> join(Ops tf, List<Operand<TInt32>> sizes) {
    return tf.concat(sizes, tf.constant(0));
  }

  /**
   * The weights of one axis.
   *
   * @param in {@code (1)}: pixels of the input
   * @return {@code (in, out)}; no gradient flows into it
   */
  private static Operand<TFloat32> weights(
      Ops tf, Operand<TInt32> in, int out, Interpolation interpolation) {
    double[] half = new double[out];
    for (int i = 0; i < out; i++) {
      half[i] = (i + 0.5) / out;
    }
    Operand<TFloat64> pixels = tf.dtypes.cast(in, TFloat64.class);
    Operand<TFloat64> centre = tf.math.mul(tf.constant(half), pixels);
    Operand<TFloat32> weights =
        interpolation.antialias()
            ? wide(tf, in, pixels, centre, out, interpolation)
            : narrow(tf, in, pixels, centre, interpolation);
    // The shape of the image leads here, its pixels do not: without the stop the gradient would be
    // looked for behind the integer operations, which have none.
    return tf.stopGradient(weights);
  }

  /** Two or four taps around each sampling position, clamped to the image. */
  private static Operand<TFloat32> narrow(
      Ops tf,
      Operand<TInt32> in,
      Operand<TFloat64> pixels,
      Operand<TFloat64> centre,
      Interpolation interpolation) {
    Operand<TInt32> depth = tf.reshape(in, tf.constant(new int[0]));
    Operand<TFloat64> last = tf.math.sub(pixels, number(tf, 1));
    Operand<TFloat64> position = tf.math.sub(centre, number(tf, 0.5));
    Operand<TFloat64> floor = tf.math.floor(position);
    Operand<TFloat64> fraction = tf.math.sub(position, floor);
    boolean cubic = interpolation == Interpolation.BICUBIC;
    Operand<TFloat32> sum = null;
    for (int tap = cubic ? -1 : 0; tap <= (cubic ? 2 : 1); tap++) {
      Operand<TFloat32> distance = single(tf, tf.math.abs(tf.math.sub(fraction, number(tf, tap))));
      Operand<TFloat32> weight =
          cubic ? cubic(tf, distance, CUBIC_A) : tf.math.sub(tf.constant(1f), distance);
      Operand<TFloat64> index =
          tf.math.minimum(
              tf.math.maximum(tf.math.add(floor, number(tf, tap)), number(tf, 0)), last);
      Operand<TFloat32> chosen =
          tf.oneHot(
              tf.dtypes.cast(index, TInt32.class),
              depth,
              tf.constant(1f),
              tf.constant(0f),
              OneHot.axis(0L));
      Operand<TFloat32> term = tf.math.mul(chosen, weight);
      sum = sum == null ? term : tf.math.add(sum, term);
    }
    if (sum == null) {
      throw new IllegalStateException("no taps for " + interpolation);
    }
    return sum;
  }

  /** Every pixel under a kernel that is as wide as the output pixel. */
  private static Operand<TFloat32> wide(
      Ops tf,
      Operand<TInt32> in,
      Operand<TFloat64> pixels,
      Operand<TFloat64> centre,
      int out,
      Interpolation interpolation) {
    Operand<TInt32> depth = tf.reshape(in, tf.constant(new int[0]));
    Operand<TFloat64> scale = tf.math.maximum(tf.math.div(pixels, number(tf, out)), number(tf, 1));
    Operand<TFloat64> positions =
        tf.math.add(
            tf.dtypes.cast(tf.range(tf.constant(0), depth, tf.constant(1)), TFloat64.class),
            number(tf, 0.5));
    Operand<TFloat32> distance =
        single(
            tf,
            tf.math.abs(
                tf.math.div(tf.math.sub(tf.expandDims(positions, tf.constant(1)), centre), scale)));
    Operand<TFloat32> kernel =
        interpolation == Interpolation.BICUBIC_ANTIALIAS
            ? cubic(tf, distance, CUBIC_ANTIALIAS_A)
            : tf.math.maximum(tf.math.sub(tf.constant(1f), distance), tf.constant(0f));
    return tf.math.div(kernel, tf.reduceSum(kernel, tf.constant(new int[] {0})));
  }

  /**
   * Keys' cubic convolution kernel: {@code (1 - t)(1 + t - (a + 2) t^2)} up to 1, {@code a (t - 1)
   * (t - 2)^2} up to 2, nothing beyond.
   *
   * @param t distances, at least 0
   */
  private static Operand<TFloat32> cubic(Ops tf, Operand<TFloat32> t, double a) {
    // Both pieces on clipped arguments: the first is 0 at 1, the second at 1 and at 2.
    Operand<TFloat32> one = tf.constant(1f);
    Operand<TFloat32> two = tf.constant(2f);
    Operand<TFloat32> near = tf.math.minimum(t, one);
    Operand<TFloat32> far = tf.math.minimum(tf.math.maximum(t, one), two);
    Operand<TFloat32> bend = tf.math.sub(one, tf.math.mul(tf.constant((float) (a + 2)), near));
    Operand<TFloat32> first =
        tf.math.mul(tf.math.sub(one, near), tf.math.add(one, tf.math.mul(near, bend)));
    Operand<TFloat32> tail =
        tf.math.mul(
            tf.math.mul(tf.constant((float) a), tf.math.sub(far, one)),
            tf.math.square(tf.math.sub(far, two)));
    return tf.math.add(first, tail);
  }

  private static Operand<TFloat32> single(Ops tf, Operand<TFloat64> value) {
    return tf.dtypes.cast(value, TFloat32.class);
  }

  private static Operand<TFloat64> number(Ops tf, double value) {
    return tf.constant(value);
  }
}
