package org.perceiveir.model.clip;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.perceiveir.model.nn.Initializer;
import org.perceiveir.model.nn.Layout;
import org.perceiveir.model.nn.Param;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.vit.BlockNames;
import org.perceiveir.model.vit.TokenLayers;
import org.perceiveir.model.vit.Transformer;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * CLIP's text encoder (openai/CLIP, {@code encode_text}): token embeddings and positions, causal
 * transformer blocks, a norm; the end token, projected, is the text's feature.
 *
 * <p>It also takes embeddings in place of token ids, so that learnable context vectors can stand
 * where words would (eq. 1); gradients reach the embeddings. Parameters have OpenAI's names and all
 * exist from the start, CLIP's own {@code logit_scale} among them.
 */
public final class ClipTextEncoder {
  /** CLIP's start of the temperature, {@code ln(1 / 0.07)}. */
  private static final Initializer LOGIT_SCALE =
      new Initializer(Initializer.Kind.CONSTANT, Math.log(1 / 0.07));

  private final Ops tf;
  private final ClipConfig config;
  private final TokenLayers layers;
  private final Transformer transformer;
  private final Param tokenEmbedding;
  private final Param positions;
  private final Param projection;
  private final Param logitScale;

  /** An encoder whose parameters go to {@code params}. */
  public ClipTextEncoder(Ops tf, ParamStore params, ClipConfig config) {
    this.tf = tf;
    this.config = config;
    this.layers = new TokenLayers(tf, params);
    int width = config.textWidth();
    this.positions =
        params.param(
            "positional_embedding",
            Layout.PLAIN,
            TokenLayers.deviation(0.01),
            config.contextLength(),
            width);
    this.projection =
        params.param(
            "text_projection",
            Layout.PLAIN,
            TokenLayers.deviation(1 / Math.sqrt(width)),
            width,
            config.embedDim());
    this.logitScale = params.param("logit_scale", Layout.PLAIN, LOGIT_SCALE);
    this.transformer =
        new Transformer(tf, params, "transformer.resblocks.", config.text(), BlockNames.CLIP);
    this.tokenEmbedding =
        params.param(
            "token_embedding.weight",
            Layout.PLAIN,
            TokenLayers.deviation(0.02),
            config.vocabularySize(),
            width);
    layers.declareLayerNorm("ln_final", width);
  }

  /** The sizes of this encoder. */
  public ClipConfig config() {
    return config;
  }

  /** CLIP's own factor of cosines, {@code exp(logit_scale)}; 100 in the public weights. */
  public Operand<TFloat32> logitScale() {
    return tf.math.exp(logitScale.value());
  }

  /**
   * Embeddings of tokens, without positions.
   *
   * @param ids {@code (prompts, contextLength)}, each 0 to vocabularySize - 1
   * @return {@code (prompts, contextLength, textWidth)}
   */
  public Operand<TFloat32> embed(Operand<TInt32> ids) {
    return tf.gather(tokenEmbedding.value(), ids, tf.constant(0));
  }

  /**
   * Puts context vectors behind the start token, in the place of as many embeddings.
   *
   * @param embeddings {@code (prompts, contextLength, textWidth)}
   * @param context {@code (prompts, length, textWidth)}
   * @param length number of context vectors of a prompt
   * @return {@code (prompts, contextLength, textWidth)}
   * @throws IllegalArgumentException if they do not fit between start and end token
   */
  public Operand<TFloat32> withContext(
      Operand<TFloat32> embeddings, Operand<TFloat32> context, int length) {
    int total = config.contextLength();
    if (length < 1 || length > total - 2) {
      throw new IllegalArgumentException(
          length
              + " context vectors: between start and end token there is place for 1 to "
              + (total - 2));
    }
    int width = config.textWidth();
    Operand<TFloat32> start = tf.slice(embeddings, tf.array(0, 0, 0), tf.array(-1, 1, width));
    Operand<TFloat32> rest =
        tf.slice(embeddings, tf.array(0, 1 + length, 0), tf.array(-1, total - 1 - length, width));
    return tf.concat(List.of(start, context, rest), tf.constant(1));
  }

  /**
   * Features of texts.
   *
   * @param ids {@code (prompts, contextLength)}
   * @param ends place of each prompt's end token; see {@link #ends}
   * @return {@code (prompts, embedDim)}, not normalised
   */
  public Operand<TFloat32> encode(Operand<TInt32> ids, List<Integer> ends) {
    return encodeEmbeddings(embed(ids), ends);
  }

  /**
   * Features of texts whose tokens are embedded.
   *
   * @param embeddings {@code (prompts, contextLength, textWidth)}, without positions
   * @param ends place of each prompt's end token, 0 to contextLength - 1
   * @return {@code (prompts, embedDim)}, not normalised
   * @throws IllegalArgumentException if a place lies outside of the text
   */
  public Operand<TFloat32> encodeEmbeddings(Operand<TFloat32> embeddings, List<Integer> ends) {
    int length = config.contextLength();
    int[] places = new int[ends.size()];
    for (int i = 0; i < places.length; i++) {
      int end = ends.get(i);
      if (end < 0 || end >= length) {
        throw new IllegalArgumentException(
            "end token of prompt " + i + " at place " + end + ": places are 0 to " + (length - 1));
      }
      places[i] = i * length + end;
    }
    int width = config.textWidth();
    Operand<TFloat32> normed = norm(blockOutput(embeddings, config.textLayers()));
    Operand<TFloat32> rows = tf.reshape(normed, tf.array(-1, width));
    Operand<TFloat32> atEnd = tf.gather(rows, tf.constant(places), tf.constant(0));
    return tf.linalg.matMul(atEnd, projection.value());
  }

  Operand<TFloat32> norm(Operand<TFloat32> tokens) {
    return layers.layerNorm("ln_final", tokens, config.textWidth(), ClipConfig.epsilon());
  }

  /** Tokens after a block, {@code (prompts, contextLength, textWidth)}. */
  Operand<TFloat32> blockOutput(Operand<TFloat32> embeddings, int block) {
    Operand<TFloat32> x = tf.math.add(embeddings, positions.value());
    for (int i = 1; i <= block; i++) {
      x = transformer.block(i, x, config.contextLength());
    }
    return x;
  }

  /**
   * Place of each text's end token: the first of the largest id, as OpenAI finds it.
   *
   * @param ids rows that {@link ClipTokenizer#tokenize} made
   */
  public static List<Integer> ends(int[][] ids) {
    List<Integer> ends = new ArrayList<>();
    for (int[] row : ids) {
      int largest = Arrays.stream(row).max().orElseThrow();
      int at = 0;
      while (row[at] != largest) {
        at++;
      }
      ends.add(at);
    }
    return ends;
  }
}
