package org.perceiveir.model.dinov2;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.nn.Initializer;
import org.perceiveir.model.nn.Layers;
import org.perceiveir.model.nn.Layout;
import org.perceiveir.model.nn.Param;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.vit.BlockNames;
import org.perceiveir.model.vit.ImageStandardization;
import org.perceiveir.model.vit.PatchEmbedding;
import org.perceiveir.model.vit.PositionTable;
import org.perceiveir.model.vit.TokenLayers;
import org.perceiveir.model.vit.Transformer;
import org.perceiveir.model.vit.VisionTokens;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * DINOv2's vision transformer (facebookresearch/dinov2): patches, a class token and maybe
 * registers, transformer blocks with LayerScale, a final norm.
 *
 * <p>F_1..F_4 of eq. 5 are the class token after blocks 1, 4, 8 and 12; the reading is raw block
 * outputs, without the final norm. Parameters have the official names and all exist from the start,
 * also {@code mask_token}, which only pre-training uses.
 */
public final class DinoV2Encoder {
  private static final Initializer INIT = TokenLayers.deviation(0.02);

  private final Ops tf;
  private final DinoV2Config config;
  private final Layers layers;
  private final TokenLayers tokenLayers;
  private final PatchEmbedding patches;
  private final Transformer transformer;
  private final Param classToken;
  private final Param positions;
  private final @Nullable Param registers;

  /** An encoder whose parameters go to {@code params}. */
  public DinoV2Encoder(Ops tf, ParamStore params, DinoV2Config config) {
    this.tf = tf;
    this.config = config;
    this.layers = new Layers(tf, params);
    this.tokenLayers = new TokenLayers(tf, params);
    int width = config.width();
    long places = 1 + (long) config.tableSide() * config.tableSide();
    this.classToken = params.param("cls_token", Layout.PLAIN, INIT, 1, 1, width);
    this.positions = params.param("pos_embed", Layout.PLAIN, INIT, 1, places, width);
    this.registers =
        config.registers() == 0
            ? null
            : params.param("register_tokens", Layout.PLAIN, INIT, 1, config.registers(), width);
    params.param("mask_token", Layout.PLAIN, Initializer.ZEROS, 1, width);
    this.patches = new PatchEmbedding(tf, params, "patch_embed.proj", config.patch(), width, true);
    this.transformer = new Transformer(tf, params, "blocks.", config.form(), BlockNames.DINOV2);
    tokenLayers.declareLayerNorm("norm", width);
  }

  /** The sizes of this encoder. */
  public DinoV2Config config() {
    return config;
  }

  /**
   * Standardises images as DINOv2 was trained with.
   *
   * @param images {@code (batch, height, width, 3)}, RGB in 0..1
   * @return the same shape, about -2..3
   */
  public Operand<TFloat32> standardize(Operand<TFloat32> images) {
    return ImageStandardization.IMAGENET.apply(tf, images);
  }

  /**
   * The tokens of images, for whoever wants more than one thing of the same pass.
   *
   * @param images {@code (batch, height, width, 3)}, standardised; both sides known and multiples
   *     of the patch
   * @throws IllegalArgumentException if they are not
   */
  public VisionTokens tokens(Operand<TFloat32> images) {
    int rows = patches.patches(images, 1);
    int columns = patches.patches(images, 2);
    int before = 1 + config.registers();
    return new VisionTokens(
        transformer, patches.tokens(images, table(rows, columns), before), before, rows, columns);
  }

  /** Class token with its position, registers (which have none), positions of the patches. */
  private Operand<TFloat32> table(int rows, int columns) {
    int width = config.width();
    Operand<TFloat32> own =
        tf.math.add(tf.reshape(classToken.value(), tf.array(1, width)), positionRows(0, 1, width));
    List<Operand<TFloat32>> parts = new ArrayList<>(List.of(own));
    if (registers != null) {
      parts.add(tf.reshape(registers.value(), tf.array(config.registers(), width)));
    }
    parts.add(patchPositions(rows, columns));
    return tf.concat(parts, tf.constant(0));
  }

  private Operand<TFloat32> positionRows(int first, int count, int width) {
    Operand<TFloat32> part =
        tf.slice(positions.value(), tf.array(0, first, 0), tf.array(1, count, width));
    return tf.reshape(part, tf.array(count, width));
  }

  /** {@code (rows * columns, width)}. */
  Operand<TFloat32> patchPositions(int rows, int columns) {
    int side = config.tableSide();
    return PositionTable.positions(
        layers,
        positionRows(1, side * side, config.width()),
        side,
        config.width(),
        rows,
        columns,
        config.interpolation());
  }

  /**
   * The final norm, which official code applies to the last block's tokens and, on demand, to those
   * of other blocks.
   *
   * @param tokens {@code (..., width)}
   * @return the same shape
   */
  public Operand<TFloat32> norm(Operand<TFloat32> tokens) {
    return tokenLayers.layerNorm("norm", tokens, config.width(), DinoV2Config.epsilon());
  }

  /**
   * The class token after chosen blocks, without the final norm: F_l of eq. 5.
   *
   * @param images {@code (batch, height, width, 3)}, standardised; both sides known and multiples
   *     of the patch
   * @param afterBlocks numbers of blocks, from 1
   * @return one {@code (batch, width)} for each number
   * @throws IllegalArgumentException if the images do not fit or there is no such block
   */
  public List<Operand<TFloat32>> classTokens(Operand<TFloat32> images, List<Integer> afterBlocks) {
    VisionTokens tokens = tokens(images);
    return afterBlocks.stream().map(tokens::classToken).toList();
  }

  /**
   * As {@link #classTokens}, each with the final norm.
   *
   * @return one {@code (batch, width)} for each number
   */
  public List<Operand<TFloat32>> normedClassTokens(
      Operand<TFloat32> images, List<Integer> afterBlocks) {
    return classTokens(images, afterBlocks).stream().map(this::norm).toList();
  }

  /**
   * The patches after the last block, with the final norm: the official {@code x_norm_patchtokens}
   * as a map.
   *
   * @param images {@code (batch, height, width, 3)}, standardised; both sides known and multiples
   *     of the patch
   * @return {@code (batch, height / patch, width / patch, width)}
   * @throws IllegalArgumentException if the images do not fit
   */
  public Operand<TFloat32> patchFeatures(Operand<TFloat32> images) {
    VisionTokens tokens = tokens(images);
    return tokens.patchesOf(norm(tokens.last()));
  }
}
