package org.perceiveir.model.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.nn.CompactFeatureExtraction;
import org.perceiveir.model.nn.Formulation;
import org.perceiveir.model.nn.Layers;
import org.perceiveir.model.nn.NafBlock;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.nn.RestormerBlocks;
import org.perceiveir.model.nn.Segments;
import org.perceiveir.model.preset.Backbone;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.safetensors.FloatTensor;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * The restoration network of Fig. 3 (eqs. 2 to 8) as a TensorFlow graph, in the form that a {@link
 * Preset} describes.
 *
 * <pre>
 *  image ──┬─ CFE ──> Z ─────────────┐
 *          ├─ SGM ──> F_1..F_4 ──┐   │        (SGM: a frozen encoder outside of this class)
 *          │                     v   v
 *          │                  PGM, PGCA in every enhanced block
 *          │                        v
 *          └─ Extraction ─> encoder ─> latent ─> decoder ─> refinement ─> Reconstruction ─(+ image)─> restored
 * </pre>
 *
 * <p><b>Restormer backbone.</b> Transformer blocks in the encoder and the refinement, enhanced
 * transformer blocks in the latent level and the decoder. Without PGM and PGCA these are plain
 * blocks under Restormer's own names, so that public state dicts load.
 *
 * <p><b>NAFNet backbone.</b> The paper does not describe the block that PGCA takes the place of.
 * Here modulation and attention come before each block of the middle and the decoder: {@code Y =
 * PGM(X); U = MDTA(LN(CrossAtt(LN(Y), LN(X)))) + Y; X = NAFBlock(U)}, with one head for each 32
 * channels.
 */
public final class PerceiveIrNetwork {
  private static final int NAFNET_CHANNELS_PER_HEAD = 32;

  private final Ops tf;
  private final Preset preset;
  private final Layers layers;
  private final Segments segments;

  private PerceiveIrNetwork(Ops tf, Layers layers, Preset preset, Segments segments) {
    this.tf = tf;
    this.preset = preset;
    this.layers = layers;
    this.segments = segments;
  }

  /**
   * A network whose parameters go to {@code params} as its parts are built.
   *
   * <p>No parameter exists before {@link #restore} or {@link #features} was called.
   */
  public static PerceiveIrNetwork build(Ops tf, ParamStore params, Preset preset) {
    return build(tf, params, preset, Segments.INLINE);
  }

  /**
   * A network whose blocks are put into the graph by {@code segments}: each transformer, enhanced
   * transformer and NAFNet block is one segment, and so is the compact feature extraction.
   */
  public static PerceiveIrNetwork build(
      Ops tf, ParamStore params, Preset preset, Segments segments) {
    return new PerceiveIrNetwork(tf, new Layers(tf, params), preset, segments);
  }

  /** A network in a formulation of its own, each block where it stands. */
  public static PerceiveIrNetwork build(
      Ops tf, ParamStore params, Preset preset, Formulation formulation) {
    return new PerceiveIrNetwork(tf, new Layers(tf, params, formulation), preset, Segments.INLINE);
  }

  /**
   * Weights to start training from, in state dict layout; the same seed gives the same weights.
   *
   * @param preset without semantic guidance
   */
  public static Map<String, FloatTensor> initialWeights(Preset preset, long seed) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      ParamStore params = new ParamStore(tf);
      build(tf, params, preset)
          .restore(tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1, -1, 3))));
      return params.initialValues(seed);
    }
  }

  /** The preset that this network has the form of. */
  public Preset preset() {
    return preset;
  }

  /**
   * Z of the compact feature extraction.
   *
   * @param images {@code (batch, height, width, 3)} in 0..1
   * @return {@code (batch, features)}
   * @throws IllegalStateException if the preset has none
   */
  public Operand<TFloat32> features(Operand<TFloat32> images) {
    return segments.segment("cfe", List.of(images), in -> projectFeatures(poolFeatures(in.get(0))));
  }

  /**
   * The first half of {@link #features}: what is averaged over the pixels of a frame.
   *
   * @param images {@code (batch, height, width, 3)} in 0..1
   * @return {@code (batch, channels)}
   * @throws IllegalStateException if the preset has no compact feature extraction
   */
  public Operand<TFloat32> poolFeatures(Operand<TFloat32> images) {
    return featureExtraction().pool(images);
  }

  /**
   * The second half of {@link #features}.
   *
   * @param pooled {@code (batch, channels)}
   * @return {@code (batch, features)}
   * @throws IllegalStateException if the preset has no compact feature extraction
   */
  public Operand<TFloat32> projectFeatures(Operand<TFloat32> pooled) {
    return featureExtraction().project(pooled);
  }

  private CompactFeatureExtraction featureExtraction() {
    Preset.Cfe cfe = preset.cfe();
    if (cfe == null) {
      throw new IllegalStateException("preset " + preset.name() + " has no cfe");
    }
    return new CompactFeatureExtraction(layers, cfe);
  }

  /**
   * Restores images without semantic guidance.
   *
   * @param images {@code (batch, height, width, 3)} in 0..1; both sides multiples of {@link
   *     Preset#padMultiple}
   * @return the same shape, about 0..1, not clipped
   * @throws IllegalStateException if the preset has semantic guidance: its features must be given
   */
  public Operand<TFloat32> restore(Operand<TFloat32> images) {
    return restore(images, preset.cfe() == null ? null : features(images), List.of());
  }

  /**
   * Restores images with given guidance.
   *
   * @param images {@code (batch, height, width, 3)} in 0..1; both sides multiples of {@link
   *     Preset#padMultiple}
   * @param z {@code (batch, features)}, or null when the preset has no compact feature extraction
   * @param semantic F_1 to F_4, each {@code (batch, features)}, or none when semantic guidance is
   *     off
   * @return the same shape as the images, about 0..1, not clipped
   * @throws IllegalStateException if what is given is not what the preset asks for
   */
  public Operand<TFloat32> restore(
      Operand<TFloat32> images, @Nullable Operand<TFloat32> z, List<Operand<TFloat32>> semantic) {
    if ((preset.sgm() != null) != (semantic.size() == 4)) {
      throw new IllegalStateException(
          "preset "
              + preset.name()
              + (preset.sgm() == null
                  ? " has no semantic guidance, but features were given"
                  : " has semantic guidance by "
                      + preset.sgm().encoder()
                      + ", whose features are not there; give them or switch sgm off (--without sgm)"));
    }
    if ((preset.cfe() != null) != (z != null)) {
      throw new IllegalStateException("preset " + preset.name() + ": Z and preset.cfe disagree");
    }
    Guidance guidance = new Guidance(layers, preset, z, semantic);
    Operand<TFloat32> residual;
    if (preset.backbone() instanceof Backbone.Restormer r) {
      residual = restormer(r, images, guidance);
    } else if (preset.backbone() instanceof Backbone.NafNet n) {
      residual = nafNet(n, images, guidance);
    } else {
      throw new IllegalStateException("backbone " + preset.backbone());
    }
    return tf.math.add(residual, images);
  }

  private Operand<TFloat32> restormer(
      Backbone.Restormer r, Operand<TFloat32> images, Guidance guidance) {
    RestormerBlocks blocks = new RestormerBlocks(layers, r.expansion(), r.biasFreeNorm());
    int c = r.dim();
    Operand<TFloat32> x = layers.conv("patch_embed.proj", images, 3, c, 3, false);
    List<Operand<TFloat32>> skips = new ArrayList<>();
    for (int l = 0; l < 3; l++) {
      int channels = c << l;
      for (int i = 0; i < r.blocks().get(l); i++) {
        x =
            transformerBlock(
                blocks, "encoder_level" + (l + 1) + "." + i, x, channels, r.heads().get(l));
      }
      skips.add(x);
      String down = "down" + (l + 1) + "_" + (l + 2) + ".body.0";
      x =
          layers.pixelUnshuffle(
              layers.conv(down, x, channels, channels / 2, 3, false), channels / 2, 2);
    }
    x = restormerLevel(r, blocks, guidance, 3, "latent", x, c << 3);
    for (int l = 2; l >= 0; l--) {
      int channels = c << l;
      String up = "up" + (l + 2) + "_" + (l + 1) + ".body.0";
      x = layers.convPixelShuffle(up, x, 2 * channels, channels, 3);
      x = layers.concatChannels(x, skips.get(l));
      if (l > 0) {
        x = layers.conv("reduce_chan_level" + (l + 1), x, 2 * channels, channels, 1, false);
      }
      x =
          restormerLevel(
              r,
              blocks,
              guidance,
              l,
              "decoder_level" + (l + 1),
              x,
              l > 0 ? channels : 2 * channels);
    }
    for (int i = 0; i < r.refinement(); i++) {
      x = transformerBlock(blocks, "refinement." + i, x, 2 * c, r.heads().get(0));
    }
    return layers.conv("output", x, 2 * c, 3, 3, false);
  }

  private Operand<TFloat32> restormerLevel(
      Backbone.Restormer r,
      RestormerBlocks blocks,
      Guidance guidance,
      int level,
      String plainName,
      Operand<TFloat32> input,
      int channels) {
    Operand<TFloat32> x = input;
    int heads = r.heads().get(level);
    Guided guided = new Guided(guidance, level, input, channels);
    for (int i = 0; i < r.blocks().get(level); i++) {
      if (!guidance.active()) {
        x = transformerBlock(blocks, plainName + "." + i, x, channels, heads);
        continue;
      }
      // Eq. 3: Y = PGM(x); x = attention(Y, x) + Y; x += GDFN(LN(x)).
      String name = "etb." + level + "." + i;
      int block = i;
      x =
          segments.segment(
              name,
              guided.inputs(x),
              in -> {
                Operand<TFloat32> y = guided.y(block, in);
                Operand<TFloat32> u =
                    guidance.attend(blocks, name, y, in.get(0), channels, heads, true);
                return tf.math.add(u, blocks.gdfn(name + ".ffn", name + ".norm2", u, channels));
              });
    }
    return x;
  }

  private Operand<TFloat32> transformerBlock(
      RestormerBlocks blocks, String name, Operand<TFloat32> x, int channels, int heads) {
    return segments.segment(
        name, List.of(x), in -> blocks.transformerBlock(name, in.get(0), channels, heads));
  }

  /** What the blocks of one level are guided by. */
  private static final class Guided {
    private final Guidance guidance;
    private final int level;
    private final int channels;
    private final @Nullable Operand<TFloat32> v;
    private final @Nullable Operand<TFloat32> levelY;

    Guided(Guidance guidance, int level, Operand<TFloat32> input, int channels) {
      this.guidance = guidance;
      this.level = level;
      this.channels = channels;
      this.v = guidance.vector(level);
      this.levelY =
          v == null || guidance.perBlock() ? null : guidance.modulate(level, 0, input, channels, v);
    }

    /** x, and behind it the level's Y or the v of which the block makes its own, if any. */
    List<Operand<TFloat32>> inputs(Operand<TFloat32> x) {
      if (levelY != null) {
        return List.of(x, levelY);
      }
      return v == null ? List.of(x) : List.of(x, v);
    }

    Operand<TFloat32> y(int block, List<Operand<TFloat32>> in) {
      if (levelY != null) {
        return in.get(1);
      }
      return guidance.modulate(level, block, in.get(0), channels, v == null ? null : in.get(1));
    }
  }

  private Operand<TFloat32> nafNet(Backbone.NafNet n, Operand<TFloat32> images, Guidance guidance) {
    NafBlock block = new NafBlock(layers);
    int levels = n.encoder().size();
    int c = n.width();
    int fold = n.unshuffle();
    Operand<TFloat32> x =
        fold == 1
            ? layers.conv("intro", images, 3, c, 3, true)
            : layers.foldedConv("intro", images, 3, fold, c, 3);
    List<Operand<TFloat32>> skips = new ArrayList<>();
    for (int l = 0; l < levels; l++) {
      for (int i = 0; i < n.encoder().get(l); i++) {
        x = nafBlock(block, "encoders." + l + "." + i, x, c);
      }
      skips.add(x);
      x = layers.downConv("downs." + l, x, c, 2 * c);
      c *= 2;
    }
    Guided middle = new Guided(guidance, levels, x, c);
    for (int i = 0; i < n.middle(); i++) {
      x = guidedNafBlock(block, "middle_blks." + i, guidance, middle, i, x);
    }
    for (int l = 0; l < levels; l++) {
      int level = levels - 1 - l;
      x = layers.convPixelShuffle("ups." + l + ".0", x, c, c / 2, 1);
      c /= 2;
      x = tf.math.add(x, skips.get(level));
      Guided guided = new Guided(guidance, level, x, c);
      for (int i = 0; i < n.decoder().get(l); i++) {
        x = guidedNafBlock(block, "decoders." + l + "." + i, guidance, guided, i, x);
      }
    }
    return fold == 1
        ? layers.conv("ending", x, c, 3, 3, true)
        : layers.convPixelShuffle("ending", x, c, 3, 3, fold, true);
  }

  private Operand<TFloat32> nafBlock(
      NafBlock block, String name, Operand<TFloat32> x, int channels) {
    return segments.segment(name, List.of(x), in -> block.apply(name, in.get(0), channels));
  }

  private Operand<TFloat32> guidedNafBlock(
      NafBlock block,
      String name,
      Guidance guidance,
      Guided guided,
      int index,
      Operand<TFloat32> x) {
    int channels = guided.channels;
    if (!guidance.active()) {
      return nafBlock(block, name, x, channels);
    }
    RestormerBlocks attention = new RestormerBlocks(layers, 1, false);
    int heads = Math.max(1, channels / NAFNET_CHANNELS_PER_HEAD);
    String etb = "etb." + guided.level + "." + index;
    return segments.segment(
        name,
        guided.inputs(x),
        in -> {
          Operand<TFloat32> y = guided.y(index, in);
          Operand<TFloat32> u =
              guidance.attend(attention, etb, y, in.get(0), channels, heads, false);
          return block.apply(name, u, channels);
        });
  }
}
