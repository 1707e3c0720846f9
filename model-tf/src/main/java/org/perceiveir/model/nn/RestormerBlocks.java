package org.perceiveir.model.nn;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Restormer's parts (eq. 2): layer normalisation, multi-Dconv head transposed attention (MDTA),
 * gated-Dconv feed-forward network (GDFN) and the transformer block made of them.
 */
public final class RestormerBlocks {
  private static final double EPS = 1e-5;

  private final Layers layers;
  private final double expansion;
  private final boolean biasFreeNorm;
  private final ChannelAttention attention;

  /**
   * Blocks with these settings.
   *
   * @param expansion hidden channels of the feed-forward network over its channels, rounded down
   * @param biasFreeNorm whether LayerNorm neither subtracts the mean nor adds a bias
   */
  public RestormerBlocks(Layers layers, double expansion, boolean biasFreeNorm) {
    this.layers = layers;
    this.expansion = expansion;
    this.biasFreeNorm = biasFreeNorm;
    this.attention = new ChannelAttention(layers);
  }

  /** LayerNorm over channels, eps 1e-5; same shape. */
  public Operand<TFloat32> norm(String name, Operand<TFloat32> x, int channels) {
    return biasFreeNorm
        ? layers.biasFreeLayerNorm(name + ".body", x, channels, EPS)
        : layers.layerNorm(name + ".body", x, channels, EPS);
  }

  private Normalised normalise(String name, Operand<TFloat32> x, int channels) {
    return layers.normalise(name + ".body", x, channels, EPS, biasFreeNorm);
  }

  /**
   * MDTA: attention over channels of 1x1 and depthwise 3x3 projections of the same tensor.
   *
   * @param x {@code (batch, height, width, channels)}
   * @return the same shape
   */
  public Operand<TFloat32> mdta(String name, Operand<TFloat32> x, int channels, int heads) {
    return mdta(name, Normalised.done(x), channels, heads);
  }

  private Operand<TFloat32> mdta(String name, Normalised x, int channels, int heads) {
    List<Operand<TFloat32>> qkv =
        layers.jointPointwiseDepthwise(
            name + ".qkv", name + ".qkv_dwconv", x, channels, channels, false, 1, 1, 1);
    return attention.apply(name, qkv.get(0), qkv.get(1), qkv.get(2), channels, heads);
  }

  /** MDTA of the normalised tensor: {@code MDTA(LN(x))}. */
  public Operand<TFloat32> mdta(
      String name, String normName, Operand<TFloat32> x, int channels, int heads) {
    return mdta(name, normalise(normName, x, channels), channels, heads);
  }

  /**
   * Transposed cross attention (eq. 7): Q from the modulated tensor, K and V from the block's
   * input, {@code CrossAtt(LN(Y), LN(X))}.
   *
   * @param y {@code (batch, height, width, channels)}
   * @param x the same shape
   * @return the same shape
   */
  public Operand<TFloat32> crossAttention(
      String name,
      String yNormName,
      Operand<TFloat32> y,
      String xNormName,
      Operand<TFloat32> x,
      int channels,
      int heads) {
    return crossAttention(
        name,
        normalise(yNormName, y, channels),
        normalise(xNormName, x, channels),
        channels,
        heads);
  }

  /**
   * Transposed cross attention of tensors as they are.
   *
   * @param q {@code (batch, height, width, channels)}
   * @param kv the same shape
   * @return the same shape
   */
  public Operand<TFloat32> crossAttention(
      String name, Operand<TFloat32> q, Operand<TFloat32> kv, int channels, int heads) {
    return crossAttention(name, Normalised.done(q), Normalised.done(kv), channels, heads);
  }

  private Operand<TFloat32> crossAttention(
      String name, Normalised q, Normalised kv, int channels, int heads) {
    Operand<TFloat32> query =
        layers
            .jointPointwiseDepthwise(
                name + ".q", name + ".q_dwconv", q, channels, channels, false, 1)
            .get(0);
    List<Operand<TFloat32>> keyValue =
        layers.jointPointwiseDepthwise(
            name + ".kv", name + ".kv_dwconv", kv, channels, channels, false, 1, 1);
    return attention.apply(name, query, keyValue.get(0), keyValue.get(1), channels, heads);
  }

  /**
   * GDFN: {@code project_out(gelu(a) * b)} with a and b each a 1x1 and a depthwise 3x3 convolution
   * of the input.
   *
   * @param x {@code (batch, height, width, channels)}
   * @return the same shape
   */
  public Operand<TFloat32> gdfn(String name, Operand<TFloat32> x, int channels) {
    return gdfn(name, Normalised.done(x), channels);
  }

  /** GDFN of the normalised tensor: {@code GDFN(LN(x))}. */
  public Operand<TFloat32> gdfn(String name, String normName, Operand<TFloat32> x, int channels) {
    return gdfn(name, normalise(normName, x, channels), channels);
  }

  private Operand<TFloat32> gdfn(String name, Normalised x, int channels) {
    Ops tf = layers.tf();
    int hidden = (int) (channels * expansion);
    boolean folded = layers.has(Rewrite.FOLDED_GELU);
    // gelu(a) b = a' (1 + erf(a')) b' with a' = a / sqrt(2) and b' = b / sqrt(2).
    double factor = folded ? Math.sqrt(0.5) : 1;
    List<Operand<TFloat32>> ab =
        layers.jointPointwiseDepthwise(
            name + ".project_in", name + ".dwconv", x, channels, hidden, false, factor, factor);
    Operand<TFloat32> a = ab.get(0);
    Operand<TFloat32> active =
        folded ? tf.math.mul(a, tf.math.add(tf.math.erf(a), layers.scalar(1))) : layers.gelu(a);
    Operand<TFloat32> gated = tf.math.mul(active, ab.get(1));
    return layers.conv(name + ".project_out", gated, hidden, channels, 1, false);
  }

  /** Transformer block (eq. 2): {@code x += MDTA(LN(x)); x += GDFN(LN(x))}; same shape. */
  public Operand<TFloat32> transformerBlock(
      String name, Operand<TFloat32> x, int channels, int heads) {
    Ops tf = layers.tf();
    Operand<TFloat32> y = tf.math.add(x, mdta(name + ".attn", name + ".norm1", x, channels, heads));
    return tf.math.add(y, gdfn(name + ".ffn", name + ".norm2", y, channels));
  }
}
