package org.perceiveir.model.clip;

import java.util.List;
import org.perceiveir.model.nn.Initializer;
import org.perceiveir.model.nn.Layout;
import org.perceiveir.model.nn.Param;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.vit.BlockNames;
import org.perceiveir.model.vit.ImageStandardization;
import org.perceiveir.model.vit.PatchEmbedding;
import org.perceiveir.model.vit.TokenLayers;
import org.perceiveir.model.vit.Transformer;
import org.perceiveir.model.vit.VisionTokens;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * CLIP's image encoder (openai/CLIP, {@code VisionTransformer}): patches and a class token, a norm,
 * transformer blocks; the class token, normed and projected, is the image's feature.
 *
 * <p>Parameters have OpenAI's names ({@code visual...}) and all exist from the start. Gradients
 * reach the images.
 */
public final class ClipImageEncoder {
  /** What the names of all its tensors begin with. */
  public static final String PREFIX = "visual.";

  private final Ops tf;
  private final ClipConfig config;
  private final TokenLayers layers;
  private final PatchEmbedding patches;
  private final Transformer transformer;
  private final Param classEmbedding;
  private final Param positions;
  private final Param projection;

  /** An encoder whose parameters go to {@code params}. */
  public ClipImageEncoder(Ops tf, ParamStore params, ClipConfig config) {
    this.tf = tf;
    this.config = config;
    this.layers = new TokenLayers(tf, params);
    int width = config.visionWidth();
    Initializer init = TokenLayers.deviation(1 / Math.sqrt(width));
    this.classEmbedding = params.param(PREFIX + "class_embedding", Layout.PLAIN, init, width);
    this.positions =
        params.param(
            PREFIX + "positional_embedding",
            Layout.PLAIN,
            init,
            (long) config.side() * config.side() + 1,
            width);
    this.projection = params.param(PREFIX + "proj", Layout.PLAIN, init, width, config.embedDim());
    this.patches = new PatchEmbedding(tf, params, PREFIX + "conv1", config.patch(), width, false);
    layers.declareLayerNorm(PREFIX + "ln_pre", width);
    this.transformer =
        new Transformer(
            tf, params, PREFIX + "transformer.resblocks.", config.vision(), BlockNames.CLIP);
    layers.declareLayerNorm(PREFIX + "ln_post", width);
  }

  /** The sizes of this encoder. */
  public ClipConfig config() {
    return config;
  }

  /**
   * Standardises images as CLIP was trained with.
   *
   * @param images {@code (batch, height, width, 3)}, RGB in 0..1
   * @return the same shape, about -2..3
   */
  public Operand<TFloat32> standardize(Operand<TFloat32> images) {
    return ImageStandardization.CLIP.apply(tf, images);
  }

  /**
   * The tokens of images, for whoever wants more than one thing of the same pass.
   *
   * @param images {@code (batch, imageSize, imageSize, 3)}, standardised
   * @throws IllegalArgumentException if the images have another size
   */
  public VisionTokens tokens(Operand<TFloat32> images) {
    int side = config.side();
    if (patches.patches(images, 1) != side || patches.patches(images, 2) != side) {
      throw new IllegalArgumentException(
          "images of shape "
              + images.shape()
              + ": CLIP's encoder takes "
              + config.imageSize()
              + "x"
              + config.imageSize()
              + " pixels; resize first");
    }
    int width = config.visionWidth();
    Operand<TFloat32> first =
        tf.pad(
            tf.reshape(classEmbedding.value(), tf.array(1, width)),
            tf.constant(new int[][] {{0, side * side}, {0, 0}}),
            tf.constant(0f));
    Operand<TFloat32> table = tf.math.add(positions.value(), first);
    Operand<TFloat32> embedded = patches.tokens(images, table, 1);
    Operand<TFloat32> normed =
        layers.layerNorm(PREFIX + "ln_pre", embedded, width, ClipConfig.epsilon());
    return new VisionTokens(transformer, normed, 1, side, side);
  }

  /**
   * Features of images.
   *
   * @param images {@code (batch, imageSize, imageSize, 3)}, standardised
   * @return {@code (batch, embedDim)}, not normalised
   */
  public Operand<TFloat32> encode(Operand<TFloat32> images) {
    return encode(tokens(images));
  }

  /**
   * Features of images whose tokens are there.
   *
   * @param tokens that {@link #tokens} made
   * @return {@code (batch, embedDim)}, not normalised
   */
  public Operand<TFloat32> encode(VisionTokens tokens) {
    Operand<TFloat32> normed =
        layers.layerNorm(
            PREFIX + "ln_post",
            tokens.classTokenOf(tokens.last()),
            config.visionWidth(),
            ClipConfig.epsilon());
    return tf.linalg.matMul(normed, projection.value());
  }

  /**
   * The class token after chosen blocks, without any norm.
   *
   * @param images {@code (batch, imageSize, imageSize, 3)}, standardised
   * @param afterBlocks numbers of blocks, from 1
   * @return one {@code (batch, visionWidth)} for each number
   * @throws IllegalArgumentException if there is no such block
   */
  public List<Operand<TFloat32>> classTokens(Operand<TFloat32> images, List<Integer> afterBlocks) {
    VisionTokens tokens = tokens(images);
    return afterBlocks.stream().map(tokens::classToken).toList();
  }

  /**
   * Feature maps of the patches after chosen blocks, without any norm.
   *
   * @param images {@code (batch, imageSize, imageSize, 3)}, standardised
   * @param afterBlocks numbers of blocks, from 1
   * @return one {@code (batch, side, side, visionWidth)} for each number
   * @throws IllegalArgumentException if there is no such block
   */
  public List<Operand<TFloat32>> patchFeatures(
      Operand<TFloat32> images, List<Integer> afterBlocks) {
    VisionTokens tokens = tokens(images);
    return afterBlocks.stream().map(tokens::patches).toList();
  }

  Operand<TFloat32> patchMap(Operand<TFloat32> images) {
    return patches.map(images);
  }
}
