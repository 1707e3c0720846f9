package org.perceiveir.model.dinov2;

import java.util.List;
import java.util.Map;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.nn.WeightMismatchException;
import org.perceiveir.model.preset.PresetException;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.vit.NamedWeights;
import org.perceiveir.model.vit.NamedWeights.Axis;
import org.perceiveir.model.vit.PositionTable;
import org.perceiveir.model.vit.StateDict;
import org.perceiveir.model.vit.TensorSource;

/**
 * The tensors of a public DINOv2 file, under the official names whichever names the file has.
 *
 * <p>Hugging Face keeps q, k and v apart.
 */
public final class DinoV2Weights {

  /** Who named the tensors. */
  public enum Naming {
    /** {@code blocks.0.attn.qkv.weight}. */
    OFFICIAL,
    /** {@code encoder.layer.0.attention.attention.query.weight}. */
    HUGGING_FACE
  }

  private static final String PATCHES = "patch_embed.proj.weight";
  private static final String TABLE = "pos_embed";
  private static final String CLASS = "cls_token";
  private static final String BLOCKS = "blocks.";
  private static final String JOINT_WEIGHT = ".attn.qkv.weight";

  private final Naming naming;
  private final NamedWeights weights;

  private DinoV2Weights(Naming naming, NamedWeights weights) {
    this.naming = naming;
    this.weights = weights;
  }

  /**
   * The tensors of a file, whose naming is found out.
   *
   * @throws WeightMismatchException if neither naming is recognised
   */
  public static DinoV2Weights of(StateDict file) {
    boolean huggingFace =
        file.names().stream()
            .anyMatch(n -> n.startsWith("embeddings.") || n.startsWith("encoder.layer."));
    boolean official =
        file.names().stream().anyMatch(n -> n.startsWith(BLOCKS) || n.equals("pos_embed"));
    if (!huggingFace && !official) {
      throw new WeightMismatchException(
          List.of(
              "missing pos_embed (the official name) or embeddings.position_embeddings (Hugging"
                  + " Face's) among the "
                  + file.names().size()
                  + " tensors: give the file of a DINOv2 model"));
    }
    return huggingFace
        ? new DinoV2Weights(
            Naming.HUGGING_FACE, new NamedWeights(file, DinoV2Weights::huggingFaceSource))
        : new DinoV2Weights(Naming.OFFICIAL, new NamedWeights(file, TensorSource::same));
  }

  /** Who named the tensors of the file. */
  public Naming naming() {
    return naming;
  }

  /**
   * Sizes of the model, read off the shapes: a head for each 64 features, one where these are no
   * whole number; the official interpolation, which is antialiased in the models with registers.
   *
   * <p>A size whose tensor is not there or is misshaped is that of {@link DinoV2Config#vitB14};
   * that tensor is for {@link #all} to report, with all others that do not fit.
   *
   * @throws PresetException if the shapes describe no model that can be built
   */
  public DinoV2Config config() {
    DinoV2Config published = DinoV2Config.vitB14();
    int width =
        weights.size(
            published.width(),
            new Axis(PATCHES, 4, 0),
            new Axis(TABLE, 3, 2),
            new Axis(CLASS, 3, 2));
    int publishedPlaces = 1 + published.tableSide() * published.tableSide();
    int places = weights.size(publishedPlaces, new Axis(TABLE, 3, 1));
    int registers = weights.size(0, new Axis("register_tokens", 3, 1));
    return new DinoV2Config(
        weights.size(published.patch(), new Axis(PATCHES, 4, 3)),
        width,
        weights.depth(BLOCKS, JOINT_WEIGHT, published.depth()),
        width % DinoV2Config.FEATURES_PER_HEAD == 0 ? width / DinoV2Config.FEATURES_PER_HEAD : 1,
        (int) Math.round(Math.sqrt(places - 1.0)),
        registers,
        registers == 0
            ? PositionTable.Interpolation.OFFSET_0_1
            : PositionTable.Interpolation.ANTIALIAS);
  }

  /**
   * Values for a {@link DinoV2Encoder}.
   *
   * @param params that the encoder made, and no others
   * @throws WeightMismatchException listing every missing, unexpected and misshaped tensor
   */
  public Map<String, FloatTensor> all(ParamStore params) {
    return weights.read(params, name -> true);
  }

  /** Where Hugging Face's Dinov2Model keeps a tensor of the official model. */
  private static TensorSource huggingFaceSource(String name) {
    if (!name.startsWith(BLOCKS)) {
      return TensorSource.same(
          switch (name) {
            case "cls_token", "mask_token", "register_tokens" -> "embeddings." + name;
            case "pos_embed" -> "embeddings.position_embeddings";
            default ->
                name.replace("patch_embed.proj.", "embeddings.patch_embeddings.projection.")
                    .replace("norm.", "layernorm.");
          });
    }
    String rest = name.substring(BLOCKS.length());
    int dot = rest.indexOf('.');
    String block = "encoder.layer." + rest.substring(0, dot + 1);
    String tensor = rest.substring(dot + 1);
    if (tensor.startsWith("attn.qkv.")) {
      String end = "." + tensor.substring("attn.qkv.".length());
      String attention = block + "attention.attention.";
      return TensorSource.stacked(
          attention + "query" + end, attention + "key" + end, attention + "value" + end);
    }
    return TensorSource.same(
        block
            + tensor
                .replace("attn.proj.", "attention.output.dense.")
                .replace("ls1.gamma", "layer_scale1.lambda1")
                .replace("ls2.gamma", "layer_scale2.lambda1"));
  }
}
