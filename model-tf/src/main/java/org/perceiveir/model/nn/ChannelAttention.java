package org.perceiveir.model.nn;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Attention over channels, MDTA's core: {@code project_out(softmax(t * normalize(q) normalize(k)^T)
 * v)} for each head, q and k L2-normalised over pixels.
 *
 * <p><u>Rewrites</u>. With N pixels, C channels and h heads, all are exact up to rounding.
 *
 * <ul>
 *   <li>{@link Rewrite#FOLDED_L2_NORMS}: the C x C products are divided by the norms, which spares
 *       two passes over N x C numbers.
 *   <li>{@link Rewrite#FOLDED_PROJECTION}: {@code W (A v) = (W A) v}. The product {@code W A} of
 *       matrices of C x C is small, so one of two products over N pixels goes, and with it the
 *       transpositions of v and of the result.
 * </ul>
 */
final class ChannelAttention {
  private final Layers layers;

  ChannelAttention(Layers layers) {
    this.layers = layers;
  }

  /**
   * Attends and projects.
   *
   * @param name of the module that holds {@code temperature}, one for each head, and {@code
   *     project_out}
   * @param q {@code (batch, height, width, channels)}
   * @param k the same shape
   * @param v the same shape
   * @return the same shape
   */
  Operand<TFloat32> apply(
      String name,
      Operand<TFloat32> q,
      Operand<TFloat32> k,
      Operand<TFloat32> v,
      int channels,
      int heads) {
    Ops tf = layers.tf();
    Operand<TFloat32> temperature =
        layers
            .params()
            .param(name + ".temperature", Layout.PLAIN, Initializer.ONES, heads, 1, 1)
            .value();
    Operand<TInt32> shape = tf.shape(q);
    Operand<TFloat32> products =
        cosines(splitHeads(q, shape, channels, heads), splitHeads(k, shape, channels, heads));
    Operand<TFloat32> attention = tf.nn.softmax(tf.math.mul(products, temperature));
    if (layers.has(Rewrite.FOLDED_PROJECTION)) {
      Weight project =
          layers
              .params()
              .param(
                  name + ".project_out.weight",
                  Layout.CONV,
                  Initializer.fanIn(channels),
                  channels,
                  channels,
                  1,
                  1)
              .weight()
              .reshape(heads, channels / heads, channels);
      Operand<TFloat32> matrix = layers.batchMatMul(attention, project.operand(), true, false);
      Operand<TFloat32> whole = tf.reshape(matrix, layers.ints(-1, channels, channels));
      return tf.reshape(layers.batchMatMul(flat(v, shape, channels), whole, false, false), shape);
    }
    Operand<TFloat32> out =
        layers.batchMatMul(splitHeads(v, shape, channels, heads), attention, false, true);
    return layers.conv(
        name + ".project_out",
        tf.reshape(tf.linalg.transpose(out, layers.ints(0, 2, 1, 3)), shape),
        channels,
        channels,
        1,
        false);
  }

  /**
   * Cosines between the columns of q and those of k.
   *
   * @param q {@code (batch, heads, pixels, c)}
   * @param k the same shape
   * @return {@code (batch, heads, c, c)}
   */
  private Operand<TFloat32> cosines(Operand<TFloat32> q, Operand<TFloat32> k) {
    Ops tf = layers.tf();
    Operand<TFloat32> qNorm = norm(q);
    Operand<TFloat32> kNorm = norm(k);
    if (!layers.has(Rewrite.FOLDED_L2_NORMS)) {
      return layers.batchMatMul(
          tf.math.div(q, tf.expandDims(qNorm, tf.constant(2))),
          tf.math.div(k, tf.expandDims(kNorm, tf.constant(2))),
          true,
          false);
    }
    Operand<TFloat32> products = layers.batchMatMul(q, k, true, false);
    return tf.math.div(
        tf.math.div(products, tf.expandDims(qNorm, tf.constant(3))),
        tf.expandDims(kNorm, tf.constant(2)));
  }

  /** L2 norm over pixels, at least 1e-12: {@code (batch, heads, c)}. */
  private Operand<TFloat32> norm(Operand<TFloat32> x) {
    Ops tf = layers.tf();
    Operand<TFloat32> sum = tf.reduceSum(tf.math.square(x), layers.ints(2));
    return tf.math.sqrt(tf.math.maximum(sum, layers.scalar(1e-24)));
  }

  /** {@code (batch, height, width, c)} to {@code (batch, pixels, c)}. */
  private Operand<TFloat32> flat(Operand<TFloat32> x, Operand<TInt32> shape, int channels) {
    Ops tf = layers.tf();
    Operand<TInt32> batch = tf.slice(shape, layers.ints(0), layers.ints(1));
    return tf.reshape(x, tf.concat(List.of(batch, layers.ints(-1, channels)), tf.constant(0)));
  }

  /** {@code (batch, height, width, c)} to {@code (batch, heads, pixels, c / heads)}. */
  private Operand<TFloat32> splitHeads(
      Operand<TFloat32> x, Operand<TInt32> shape, int channels, int heads) {
    Ops tf = layers.tf();
    Operand<TInt32> batch = tf.slice(shape, layers.ints(0), layers.ints(1));
    Operand<TInt32> target =
        tf.concat(List.of(batch, layers.ints(-1, heads, channels / heads)), tf.constant(0));
    return tf.linalg.transpose(tf.reshape(x, target), layers.ints(0, 2, 1, 3));
  }
}
