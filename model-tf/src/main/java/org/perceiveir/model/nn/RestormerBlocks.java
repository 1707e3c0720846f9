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
  }

  /** LayerNorm over channels, eps 1e-5; same shape. */
  public Operand<TFloat32> norm(String name, Operand<TFloat32> x, int channels) {
    return biasFreeNorm
        ? layers.biasFreeLayerNorm(name + ".body", x, channels, EPS)
        : layers.layerNorm(name + ".body", x, channels, EPS);
  }

  /**
   * MDTA: attention over channels of 1x1 and depthwise 3x3 projections of the same tensor.
   *
   * @param x {@code (batch, height, width, channels)}
   * @return the same shape
   */
  public Operand<TFloat32> mdta(String name, Operand<TFloat32> x, int channels, int heads) {
    List<Operand<TFloat32>> qkv =
        layers.jointPointwiseDepthwise(
            name + ".qkv", name + ".qkv_dwconv", x, channels, channels, 3, false);
    Operand<TFloat32> out =
        layers.channelAttention(
            qkv.get(0), qkv.get(1), qkv.get(2), channels, heads, name + ".temperature");
    return layers.conv(name + ".project_out", out, channels, channels, 1, false);
  }

  /**
   * Transposed cross attention (eq. 7): Q from the modulated tensor, K and V from the block's
   * input.
   *
   * @param q {@code (batch, height, width, channels)}
   * @param kv the same shape
   * @return the same shape
   */
  public Operand<TFloat32> crossAttention(
      String name, Operand<TFloat32> q, Operand<TFloat32> kv, int channels, int heads) {
    Operand<TFloat32> query =
        layers
            .jointPointwiseDepthwise(
                name + ".q", name + ".q_dwconv", q, channels, channels, 1, false)
            .get(0);
    List<Operand<TFloat32>> keyValue =
        layers.jointPointwiseDepthwise(
            name + ".kv", name + ".kv_dwconv", kv, channels, channels, 2, false);
    Operand<TFloat32> out =
        layers.channelAttention(
            query, keyValue.get(0), keyValue.get(1), channels, heads, name + ".temperature");
    return layers.conv(name + ".project_out", out, channels, channels, 1, false);
  }

  /**
   * GDFN: {@code project_out(gelu(a) * b)} with a and b each a 1x1 and a depthwise 3x3 convolution
   * of the input.
   *
   * @param x {@code (batch, height, width, channels)}
   * @return the same shape
   */
  public Operand<TFloat32> gdfn(String name, Operand<TFloat32> x, int channels) {
    int hidden = (int) (channels * expansion);
    List<Operand<TFloat32>> ab =
        layers.jointPointwiseDepthwise(
            name + ".project_in", name + ".dwconv", x, channels, hidden, 2, false);
    Operand<TFloat32> gated = layers.tf().math.mul(layers.gelu(ab.get(0)), ab.get(1));
    return layers.conv(name + ".project_out", gated, hidden, channels, 1, false);
  }

  /** Transformer block (eq. 2): {@code x += MDTA(LN(x)); x += GDFN(LN(x))}; same shape. */
  public Operand<TFloat32> transformerBlock(
      String name, Operand<TFloat32> x, int channels, int heads) {
    Ops tf = layers.tf();
    Operand<TFloat32> y =
        tf.math.add(x, mdta(name + ".attn", norm(name + ".norm1", x, channels), channels, heads));
    return tf.math.add(y, gdfn(name + ".ffn", norm(name + ".norm2", y, channels), channels));
  }
}
