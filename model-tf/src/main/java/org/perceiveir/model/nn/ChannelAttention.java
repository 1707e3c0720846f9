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
 *   <li>{@link Rewrite#MASKED_HEADS}: the products of all channels with all, of which softmax sees
 *       those within a head. That is h times the multiplications of one of the products, for two
 *       transpositions of N x C numbers.
 * </ul>
 */
final class ChannelAttention {
  /** Far below any logit, so that its exponential is zero. */
  private static final float MASKED = -1e9f;

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
    Weight temperature =
        layers
            .params()
            .param(name + ".temperature", Layout.PLAIN, Initializer.ONES, heads, 1, 1)
            .weight();
    Operand<TInt32> shape = tf.shape(q);
    if (layers.has(Rewrite.MASKED_HEADS)) {
      Operand<TFloat32> logits =
          tf.math.mul(
              cosines(flat(q, channels), flat(k, channels), 1),
              perChannel(temperature, channels, heads).operand());
      if (heads > 1) {
        logits = tf.math.add(logits, mask(channels, heads));
      }
      Operand<TFloat32> attention = tf.nn.softmax(logits);
      Weight project = projection(name, channels).reshape(channels, channels);
      Operand<TFloat32> matrix = layers.batchMatMul(attention, project.operand(), true, false);
      return tf.reshape(layers.batchMatMul(flat(v, channels), matrix, false, false), shape);
    }
    Operand<TFloat32> products =
        cosines(splitHeads(q, shape, channels, heads), splitHeads(k, shape, channels, heads), 2);
    Operand<TFloat32> attention = tf.nn.softmax(tf.math.mul(products, temperature.operand()));
    if (layers.has(Rewrite.FOLDED_PROJECTION)) {
      Weight project = projection(name, channels).reshape(heads, channels / heads, channels);
      Operand<TFloat32> matrix = layers.batchMatMul(attention, project.operand(), true, false);
      Operand<TFloat32> whole = tf.reshape(matrix, layers.ints(-1, channels, channels));
      return tf.reshape(layers.batchMatMul(flat(v, channels), whole, false, false), shape);
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

  /** The output projection, {@code (1, 1, channels, channels)}. */
  private Weight projection(String name, int channels) {
    return layers
        .params()
        .param(
            name + ".project_out.weight",
            Layout.CONV,
            Initializer.fanIn(channels),
            channels,
            channels,
            1,
            1)
        .weight();
  }

  /**
   * Cosines between the columns of q and those of k.
   *
   * @param q {@code (.., pixels, c)}
   * @param k the same shape
   * @param pixels the axis of the pixels
   * @return {@code (.., c, c)}
   */
  private Operand<TFloat32> cosines(Operand<TFloat32> q, Operand<TFloat32> k, int pixels) {
    Ops tf = layers.tf();
    if (!layers.has(Rewrite.FOLDED_L2_NORMS)) {
      Operand<TInt32> axis = layers.ints(pixels);
      return layers.batchMatMul(
          tf.math.div(q, tf.expandDims(norm(q, pixels), axis)),
          tf.math.div(k, tf.expandDims(norm(k, pixels), axis)),
          true,
          false);
    }
    Operand<TFloat32> products = layers.batchMatMul(q, k, true, false);
    Operand<TFloat32> qNorm = tf.expandDims(norm(q, pixels), tf.constant(pixels + 1));
    Operand<TFloat32> kNorm = tf.expandDims(norm(k, pixels), tf.constant(pixels));
    return tf.math.div(tf.math.div(products, qNorm), kNorm);
  }

  /** L2 norm over pixels, at least 1e-12. */
  private Operand<TFloat32> norm(Operand<TFloat32> x, int pixels) {
    Ops tf = layers.tf();
    Operand<TFloat32> sum = tf.reduceSum(tf.math.square(x), layers.ints(pixels));
    return tf.math.sqrt(tf.math.maximum(sum, layers.scalar(1e-24)));
  }

  /** {@code (batch, height, width, c)} to {@code (batch, pixels, c)}. */
  private Operand<TFloat32> flat(Operand<TFloat32> x, int channels) {
    Ops tf = layers.tf();
    Operand<TInt32> batch = tf.slice(tf.shape(x), layers.ints(0), layers.ints(1));
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

  /** A head's temperature for each row of its channels: {@code (heads, 1, 1)} to {@code (c, 1)}. */
  private static Weight perChannel(Weight temperature, int channels, int heads) {
    int[] head = new int[channels];
    for (int c = 0; c < channels; c++) {
      head[c] = c / (channels / heads);
    }
    return temperature.gather(0, head).reshape(channels, 1);
  }

  /** 0 where row and column belong to one head, far below elsewhere. */
  private Operand<TFloat32> mask(int channels, int heads) {
    int size = channels / heads;
    float[][] values = new float[channels][channels];
    for (int i = 0; i < channels; i++) {
      for (int j = 0; j < channels; j++) {
        values[i][j] = i / size == j / size ? 0 : MASKED;
      }
    }
    return layers.tf().constant(values);
  }
}
