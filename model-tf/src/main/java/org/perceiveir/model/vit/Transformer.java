package org.perceiveir.model.vit;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.perceiveir.model.nn.Initializer;
import org.perceiveir.model.nn.Layout;
import org.perceiveir.model.nn.ParamStore;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Unstack;
import org.tensorflow.types.TFloat32;

/**
 * Pre-norm transformer blocks (Dosovitskiy et al., arXiv 2010.11929): {@code x += s1 * MHA(LN(x));
 * x += s2 * MLP(LN(x))}, where s1 and s2 are 1 or DINOv2's LayerScale.
 *
 * <p>q, k and v come from one joint weight in one product and are cut apart in the transposition
 * that the heads need anyway. There are few tokens, so unlike in the restoration network the
 * activation is the smaller thing to cut.
 *
 * <p>All parameters exist from the start, so that a whole state dict fits even where a graph builds
 * some of the blocks only.
 */
public final class Transformer {
  /** Far below any score, and finite: an infinite one would turn gradients into NaN. */
  private static final float HIDDEN_SCORE = -1e9f;

  private final Ops tf;
  private final TokenLayers layers;
  private final String prefix;
  private final TransformerForm form;
  private final BlockNames names;
  private final Map<Integer, Operand<TFloat32>> masks = new HashMap<>();

  /**
   * A stack of blocks whose parameters go to {@code params}.
   *
   * @param prefix what stands before the index of a block in its tensors' names, for instance
   *     {@code blocks.}
   */
  public Transformer(
      Ops tf, ParamStore params, String prefix, TransformerForm form, BlockNames names) {
    this.tf = tf;
    this.layers = new TokenLayers(tf, params);
    this.prefix = prefix;
    this.form = form;
    this.names = names;
    for (int i = 0; i < form.depth(); i++) {
      declare(prefix + i + ".");
    }
  }

  /** The form of the blocks. */
  public TransformerForm form() {
    return form;
  }

  TokenLayers layers() {
    return layers;
  }

  private Initializer inputInit() {
    return TokenLayers.deviation(1 / Math.sqrt(form.width()));
  }

  /** Smaller the deeper the stack, as every block adds to the same residual path (CLIP). */
  private Initializer residualInit() {
    return TokenLayers.deviation(1 / Math.sqrt(2.0 * form.depth() * form.width()));
  }

  private Initializer expandInit() {
    return TokenLayers.deviation(1 / Math.sqrt(2.0 * form.width()));
  }

  private void declare(String block) {
    ParamStore params = layers.params();
    int width = form.width();
    int hidden = form.hidden();
    layers.declareLayerNorm(block + names.firstNorm(), width);
    params.param(block + names.qkv() + "weight", Layout.LINEAR, inputInit(), 3L * width, width);
    params.param(block + names.qkv() + "bias", Layout.PLAIN, Initializer.ZEROS, 3L * width);
    params.param(
        block + names.attentionOut() + ".weight", Layout.LINEAR, residualInit(), width, width);
    params.param(block + names.attentionOut() + ".bias", Layout.PLAIN, Initializer.ZEROS, width);
    layers.declareLayerNorm(block + names.secondNorm(), width);
    params.param(block + names.expand() + ".weight", Layout.LINEAR, expandInit(), hidden, width);
    params.param(block + names.expand() + ".bias", Layout.PLAIN, Initializer.ZEROS, hidden);
    params.param(
        block + names.contract() + ".weight", Layout.LINEAR, residualInit(), width, hidden);
    params.param(block + names.contract() + ".bias", Layout.PLAIN, Initializer.ZEROS, width);
    if (form.layerScale()) {
      params.param(block + names.firstScale(), Layout.PLAIN, Initializer.ONES, width);
      params.param(block + names.secondScale(), Layout.PLAIN, Initializer.ONES, width);
    }
  }

  /**
   * Builds one block.
   *
   * @param number of the block, from 1
   * @param x {@code (batch, tokens, width)}
   * @param tokens number of tokens
   * @return the same shape
   * @throws IllegalArgumentException if there is no block of that number
   */
  public Operand<TFloat32> block(int number, Operand<TFloat32> x, int tokens) {
    if (number < 1 || number > form.depth()) {
      throw new IllegalArgumentException(
          "block " + number + " was asked for, there are blocks 1 to " + form.depth());
    }
    String block = prefix + (number - 1) + ".";
    int width = form.width();
    Operand<TFloat32> rows = tf.reshape(x, tf.array(-1, width));
    Operand<TFloat32> attended =
        attention(
            block,
            layers.layerNorm(block + names.firstNorm(), rows, width, form.epsilon()),
            tokens);
    rows = tf.math.add(rows, scaled(block + names.firstScale(), attended));
    Operand<TFloat32> inner =
        layers.linear(
            block + names.expand() + ".",
            layers.layerNorm(block + names.secondNorm(), rows, width, form.epsilon()),
            width,
            form.hidden(),
            expandInit());
    Operand<TFloat32> mixed =
        layers.linear(
            block + names.contract() + ".",
            layers.activate(form.activation(), inner),
            form.hidden(),
            width,
            residualInit());
    rows = tf.math.add(rows, scaled(block + names.secondScale(), mixed));
    return tf.reshape(rows, tf.array(-1, tokens, width));
  }

  private Operand<TFloat32> scaled(String name, Operand<TFloat32> branch) {
    if (!form.layerScale()) {
      return branch;
    }
    return tf.math.mul(
        branch, layers.params().param(name, Layout.PLAIN, Initializer.ONES, form.width()).value());
  }

  /** {@code softmax(q k^T / sqrt(features of a head)) v} for each head, on rows of tokens. */
  private Operand<TFloat32> attention(String block, Operand<TFloat32> rows, int tokens) {
    int width = form.width();
    int heads = form.heads();
    int each = width / heads;
    Operand<TFloat32> joint =
        layers.linear(block + names.qkv(), rows, width, 3 * width, inputInit());
    Operand<TFloat32> cut =
        tf.linalg.transpose(
            tf.reshape(joint, tf.array(-1, tokens, 3, heads, each)), tf.array(2, 0, 3, 1, 4));
    List<Output<TFloat32>> qkv = tf.unstack(cut, 3L, Unstack.axis(0L)).output();
    Operand<TFloat32> q = tf.math.mul(qkv.get(0), layers.layers().scalar(1 / Math.sqrt(each)));
    Operand<TFloat32> scores = layers.layers().batchMatMul(q, qkv.get(1), false, true);
    if (form.causal()) {
      scores = tf.math.add(scores, mask(tokens));
    }
    Operand<TFloat32> mixed =
        layers.layers().batchMatMul(tf.nn.softmax(scores), qkv.get(2), false, false);
    Operand<TFloat32> together =
        tf.reshape(tf.linalg.transpose(mixed, tf.array(0, 2, 1, 3)), tf.array(-1, width));
    return layers.linear(
        block + names.attentionOut() + ".", together, width, width, residualInit());
  }

  /** One constant for all blocks on texts of a length. */
  private Operand<TFloat32> mask(int tokens) {
    return masks.computeIfAbsent(
        tokens,
        n -> {
          float[][] mask = new float[n][n];
          for (int query = 0; query < n; query++) {
            Arrays.fill(mask[query], query + 1, n, HIDDEN_SCORE);
          }
          return tf.constant(mask);
        });
  }
}
