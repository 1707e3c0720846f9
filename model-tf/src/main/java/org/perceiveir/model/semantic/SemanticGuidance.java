package org.perceiveir.model.semantic;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.bundle.FrozenEncoder;
import org.perceiveir.model.clip.ClipConfig;
import org.perceiveir.model.clip.ClipImageEncoder;
import org.perceiveir.model.dinov2.DinoV2Config;
import org.perceiveir.model.dinov2.DinoV2Encoder;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.perceiver.BlockSpectrum;
import org.perceiveir.model.perceiver.PerceiverBundle;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.preset.PresetException;
import org.perceiveir.model.resize.Interpolation;
import org.perceiveir.model.resize.Resize;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.weights.EncoderDirectory;
import org.perceiveir.model.weights.EncoderException;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * The Semantic Guidance Module (SGM, eq. 5): F_1 to F_4, the class token of a frozen encoder after
 * four of its blocks.
 *
 * <p>The image is resized to a fixed square (bicubic with antialias), standardised as the encoder
 * was trained with, and encoded; raw block outputs, unless the preset asks for the final norm. The
 * fixed size keeps the cost constant whatever the frame. No gradient leaves: the encoder is frozen,
 * and the image is data.
 */
public final class SemanticGuidance {
  private final Ops tf;
  private final Preset.Sgm sgm;
  private final ParamStore frozen;
  private final Encoder encoder;

  /** The class tokens of square images in 0..1. */
  @FunctionalInterface
  private interface Encoder {
    List<Operand<TFloat32>> classTokens(Operand<TFloat32> images);
  }

  private SemanticGuidance(Ops tf, Preset.Sgm sgm, ParamStore frozen, Encoder encoder) {
    this.tf = tf;
    this.sgm = sgm;
    this.frozen = frozen;
    this.encoder = encoder;
  }

  /**
   * Guidance of this form by this encoder.
   *
   * @param frozen where the encoder's parameters go; not to be trained. Exactly the encoder's
   *     weights fit into it
   * @throws PresetException if the encoder's sizes do not fit the preset, naming both
   */
  public static SemanticGuidance of(
      Ops tf, ParamStore frozen, Preset.Sgm sgm, FrozenEncoder encoder) {
    FrozenEncoder named = publicEncoder(sgm);
    if (named != null && !named.kind().equals(encoder.kind())) {
      throw new PresetException(
          "preset.sgm.encoder is "
              + sgm.encoder()
              + ", but the encoder that was given is a "
              + encoder
              + ": give the named one, or name the given one in the preset");
    }
    return switch (encoder.kind()) {
      case FrozenEncoder.CLIP ->
          clip(tf, frozen, sgm, ClipConfig.fromJson(encoder.config()), false);
      case FrozenEncoder.CLIP_SPECTRUM ->
          clip(tf, frozen, sgm, ClipConfig.fromJson(encoder.config()), true);
      case FrozenEncoder.DINOV2 -> dinov2(tf, frozen, sgm, DinoV2Config.fromJson(encoder.config()));
      default ->
          throw new PresetException(
              "encoder.kind is '" + encoder.kind() + "'; semantic guidance takes clip or dinov2");
    };
  }

  private static SemanticGuidance clip(
      Ops tf, ParamStore frozen, Preset.Sgm sgm, ClipConfig config, boolean spectrum) {
    checkFeatures(sgm, config.visionWidth(), config.visionLayers());
    if (sgm.size() != config.imageSize()) {
      throw new PresetException(
          "preset.sgm.size is "
              + sgm.size()
              + ": the encoder "
              + sgm.encoder()
              + " takes images of "
              + config.imageSize()
              + " pixels only");
    }
    if (sgm.finalNorm()) {
      throw new PresetException(
          "preset.sgm.finalNorm is true: only DINOv2 has a norm for the tokens of any block; leave"
              + " it out for the encoder "
              + sgm.encoder());
    }
    ClipImageEncoder encoder = new ClipImageEncoder(tf, frozen, config);
    return new SemanticGuidance(
        tf,
        sgm,
        frozen,
        images ->
            encoder.classTokens(
                spectrum
                    ? BlockSpectrum.of(tf, images, config.imageSize(), config.patch())
                    : encoder.standardize(images),
                sgm.blocks()));
  }

  private static SemanticGuidance dinov2(
      Ops tf, ParamStore frozen, Preset.Sgm sgm, DinoV2Config config) {
    checkFeatures(sgm, config.width(), config.depth());
    if (sgm.size() % config.patch() != 0) {
      throw new PresetException(
          "preset.sgm.size is "
              + sgm.size()
              + ": it must be a multiple of "
              + config.patch()
              + ", the patch of the encoder "
              + sgm.encoder());
    }
    DinoV2Encoder encoder = new DinoV2Encoder(tf, frozen, config);
    return new SemanticGuidance(
        tf,
        sgm,
        frozen,
        images -> {
          Operand<TFloat32> standardized = encoder.standardize(images);
          return sgm.finalNorm()
              ? encoder.normedClassTokens(standardized, sgm.blocks())
              : encoder.classTokens(standardized, sgm.blocks());
        });
  }

  private static void checkFeatures(Preset.Sgm sgm, int width, int depth) {
    if (sgm.features() != width) {
      throw new PresetException(
          "preset.sgm.features is "
              + sgm.features()
              + ": the tokens of the encoder "
              + sgm.encoder()
              + " have "
              + width);
    }
    for (int block : sgm.blocks()) {
      if (block > depth) {
        throw new PresetException(
            "preset.sgm.blocks is "
                + sgm.blocks()
                + ": the encoder "
                + sgm.encoder()
                + " has "
                + depth
                + " blocks");
      }
    }
  }

  /**
   * The public encoder that a preset names, without its weights: enough to count with.
   *
   * @return null if none of that name is known
   */
  public static @Nullable FrozenEncoder publicEncoder(Preset.Sgm sgm) {
    return switch (sgm.encoder()) {
      case "dinov2-vitb14" ->
          new FrozenEncoder(
              FrozenEncoder.DINOV2, DinoV2Config.vitB14().toJson(), sgm.encoder(), Map.of());
      case "clip-vitb32" ->
          new FrozenEncoder(
              FrozenEncoder.CLIP, ClipConfig.vitB32().toJson(), sgm.encoder(), Map.of());
      default -> null;
    };
  }

  /**
   * An encoder that {@code ./perceive model import} left in a directory, or that of a quality
   * perceiver; of CLIP, the half that sees images.
   *
   * @throws EncoderException if the directory is not a whole, unchanged encoder, or not one that
   *     can guide
   * @throws IOException if the disk fails
   */
  public static FrozenEncoder read(Path directory) throws IOException {
    if (Files.exists(directory.resolve(PerceiverBundle.PERCEIVER_FILE))) {
      return PerceiverBundle.read(directory).encoder();
    }
    EncoderDirectory read = EncoderDirectory.read(directory);
    String source = read.source().file() + ", SHA-256 " + read.source().sha256();
    return switch (read.kind()) {
      case DINOV2 -> new FrozenEncoder(FrozenEncoder.DINOV2, read.config(), source, read.weights());
      case CLIP -> {
        Map<String, FloatTensor> image = new LinkedHashMap<>(read.weights());
        image.keySet().removeIf(name -> !name.startsWith(ClipImageEncoder.PREFIX));
        yield new FrozenEncoder(FrozenEncoder.CLIP, read.config(), source, image);
      }
      default ->
          throw new EncoderException(
              directory
                  + " holds a "
                  + read.kind().id()
                  + " encoder; semantic guidance takes dinov2 or clip");
    };
  }

  /** The parameters of the encoder. */
  public ParamStore frozen() {
    return frozen;
  }

  /**
   * F_1 to F_4.
   *
   * @param images {@code (batch, height, width, 3)} in 0..1, of any size
   * @return four times {@code (batch, features)}
   */
  public List<Operand<TFloat32>> features(Operand<TFloat32> images) {
    int size = sgm.size();
    Operand<TFloat32> square =
        Resize.apply(tf, images, size, size, Interpolation.BICUBIC_ANTIALIAS);
    // The encoders lay out their positions by sizes that they must know.
    Operand<TFloat32> known = tf.reshape(square, tf.array(-1, size, size, 3));
    return encoder.classTokens(known).stream().<Operand<TFloat32>>map(tf::stopGradient).toList();
  }
}
