package org.perceiveir.model.clip;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.nn.WeightMismatchException;
import org.perceiveir.model.preset.PresetException;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.vit.NamedWeights;
import org.perceiveir.model.vit.NamedWeights.Axis;
import org.perceiveir.model.vit.StateDict;
import org.perceiveir.model.vit.TensorSource;

/**
 * The tensors of a public CLIP file, under OpenAI's names whichever names the file has.
 *
 * <p>Hugging Face keeps q, k and v apart and both projections transposed. What is no weight is
 * passed over: {@code position_ids} there, {@code input_resolution}, {@code context_length} and
 * {@code vocab_size} in OpenAI's own archives.
 */
public final class ClipWeights {

  /** Who named the tensors. */
  public enum Naming {
    /** {@code visual.transformer.resblocks.0.attn.in_proj_weight}. */
    OPENAI,
    /** {@code vision_model.encoder.layers.0.self_attn.q_proj.weight}. */
    HUGGING_FACE
  }

  private static final String PATCHES = "visual.conv1.weight";
  private static final String VISION_TABLE = "visual.positional_embedding";
  private static final String TEXT_TABLE = "positional_embedding";
  private static final String TEXT_PROJECTION = "text_projection";
  private static final String VOCABULARY = "token_embedding.weight";

  /** What only CLIP's modified ResNets have. */
  private static final String RESNET = "visual.layer1.";

  private static final String VISION_BLOCKS = "visual.transformer.resblocks.";
  private static final String TEXT_BLOCKS = "transformer.resblocks.";
  private static final String JOINT_WEIGHT = ".attn.in_proj_weight";

  private final Naming naming;
  private final NamedWeights weights;

  private ClipWeights(Naming naming, NamedWeights weights) {
    this.naming = naming;
    this.weights = weights;
  }

  /**
   * The tensors of a file, whose naming is found out.
   *
   * @throws WeightMismatchException if neither naming is recognised, or the image encoder is a
   *     ResNet
   */
  public static ClipWeights of(StateDict file) {
    boolean huggingFace =
        file.names().stream()
            .anyMatch(n -> n.startsWith("vision_model.") || n.startsWith("text_model."));
    boolean openAi =
        file.names().stream()
            .anyMatch(n -> n.startsWith("visual.") || n.equals("token_embedding.weight"));
    if (!huggingFace && !openAi) {
      throw new WeightMismatchException(
          List.of(
              "missing visual.conv1.weight (OpenAI's name) or"
                  + " vision_model.embeddings.patch_embedding.weight (Hugging Face's) among the "
                  + file.names().size()
                  + " tensors: give the file of a CLIP model with a vision transformer"));
    }
    for (String name : file.names()) {
      if (name.startsWith(RESNET)) {
        throw new WeightMismatchException(
            List.of(
                "unexpected "
                    + name
                    + " "
                    + Arrays.toString(file.shape(name))
                    + ": the image encoder is a ResNet, and only CLIP models with a vision"
                    + " transformer are supported; take ViT-B/32"));
      }
    }
    return huggingFace
        ? new ClipWeights(
            Naming.HUGGING_FACE, new NamedWeights(file, ClipWeights::huggingFaceSource))
        : new ClipWeights(Naming.OPENAI, new NamedWeights(file, TensorSource::same));
  }

  /** Who named the tensors of the file. */
  public Naming naming() {
    return naming;
  }

  /**
   * Sizes of the model, read off the shapes of both encoders: a head for each 64 features, one
   * where these are no whole number.
   *
   * <p>A size whose tensor is not there or is misshaped is that of {@link ClipConfig#vitB32}; that
   * tensor is for {@link #both} to report, with all others that do not fit.
   *
   * @throws PresetException if the shapes describe no model that can be built
   */
  public ClipConfig config() {
    ClipConfig published = ClipConfig.vitB32();
    int patch = weights.size(published.patch(), new Axis(PATCHES, 4, 3));
    int grid = Math.max(1, published.imageSize() / patch);
    int places = weights.size(1 + grid * grid, new Axis(VISION_TABLE, 2, 0));
    int visionWidth =
        weights.size(
            published.visionWidth(),
            new Axis(PATCHES, 4, 0),
            new Axis(VISION_TABLE, 2, 1),
            new Axis("visual.proj", 2, 0));
    int textWidth =
        weights.size(
            published.textWidth(),
            new Axis(TEXT_TABLE, 2, 1),
            new Axis(VOCABULARY, 2, 1),
            new Axis(TEXT_PROJECTION, 2, 0));
    return new ClipConfig(
        Math.multiplyExact(patch, (int) Math.round(Math.sqrt(places - 1.0))),
        patch,
        visionWidth,
        weights.depth(VISION_BLOCKS, JOINT_WEIGHT, published.visionLayers()),
        heads(visionWidth),
        weights.size(
            published.embedDim(), new Axis(TEXT_PROJECTION, 2, 1), new Axis("visual.proj", 2, 1)),
        textWidth,
        weights.depth(TEXT_BLOCKS, JOINT_WEIGHT, published.textLayers()),
        heads(textWidth),
        weights.size(published.contextLength(), new Axis(TEXT_TABLE, 2, 0)),
        weights.size(published.vocabularySize(), new Axis(VOCABULARY, 2, 0)));
  }

  private static int heads(int width) {
    return width % ClipConfig.FEATURES_PER_HEAD == 0 ? width / ClipConfig.FEATURES_PER_HEAD : 1;
  }

  /**
   * Values for a {@link ClipImageEncoder}; the text encoder's tensors may be there or not.
   *
   * @param params that the encoder made, and no others
   * @throws WeightMismatchException listing every missing, unexpected and misshaped tensor
   */
  public Map<String, FloatTensor> image(ParamStore params) {
    return weights.read(params, this::ofImage);
  }

  /**
   * Values for a {@link ClipTextEncoder}; the image encoder's tensors may be there or not.
   *
   * @param params that the encoder made, and no others
   * @throws WeightMismatchException listing every missing, unexpected and misshaped tensor
   */
  public Map<String, FloatTensor> text(ParamStore params) {
    return weights.read(params, name -> !ofImage(name) && isWeight(name));
  }

  /**
   * Values for both encoders in one store.
   *
   * @param params that both encoders made, and no others
   * @throws WeightMismatchException listing every missing, unexpected and misshaped tensor
   */
  public Map<String, FloatTensor> both(ParamStore params) {
    return weights.read(params, ClipWeights::isWeight);
  }

  private boolean ofImage(String name) {
    Predicate<String> image =
        naming == Naming.OPENAI
            ? n -> n.startsWith("visual.")
            : n -> n.startsWith("vision_model.") || n.startsWith("visual_projection.");
    return isWeight(name) && image.test(name);
  }

  private static boolean isWeight(String name) {
    return !name.endsWith(".position_ids")
        && !List.of("input_resolution", "context_length", "vocab_size").contains(name);
  }

  /** Where Hugging Face's CLIPModel keeps a tensor of OpenAI's. */
  private static TensorSource huggingFaceSource(String name) {
    if (name.startsWith(VISION_BLOCKS)) {
      return huggingFaceBlock("vision_model.encoder.layers.", name, VISION_BLOCKS);
    }
    if (name.startsWith(TEXT_BLOCKS)) {
      return huggingFaceBlock("text_model.encoder.layers.", name, TEXT_BLOCKS);
    }
    return switch (name) {
      case "visual.class_embedding" -> TensorSource.same("vision_model.embeddings.class_embedding");
      case "visual.positional_embedding" ->
          TensorSource.same("vision_model.embeddings.position_embedding.weight");
      case "visual.conv1.weight" ->
          TensorSource.same("vision_model.embeddings.patch_embedding.weight");
      case "visual.proj" -> TensorSource.transposed("visual_projection.weight");
      case "positional_embedding" ->
          TensorSource.same("text_model.embeddings.position_embedding.weight");
      case "token_embedding.weight" ->
          TensorSource.same("text_model.embeddings.token_embedding.weight");
      case "text_projection" -> TensorSource.transposed("text_projection.weight");
      default ->
          TensorSource.same(
              name.replace("visual.ln_pre.", "vision_model.pre_layrnorm.")
                  .replace("visual.ln_post.", "vision_model.post_layernorm.")
                  .replace("ln_final.", "text_model.final_layer_norm."));
    };
  }

  private static TensorSource huggingFaceBlock(String prefix, String name, String blocks) {
    String rest = name.substring(blocks.length());
    int dot = rest.indexOf('.');
    String block = prefix + rest.substring(0, dot + 1);
    String tensor = rest.substring(dot + 1);
    if (tensor.startsWith("attn.in_proj_")) {
      String end = "_proj." + tensor.substring("attn.in_proj_".length());
      String attention = block + "self_attn.";
      return TensorSource.stacked(
          attention + "q" + end, attention + "k" + end, attention + "v" + end);
    }
    return TensorSource.same(
        block
            + tensor
                .replace("attn.out_proj.", "self_attn.out_proj.")
                .replace("ln_1.", "layer_norm1.")
                .replace("ln_2.", "layer_norm2.")
                .replace("mlp.c_fc.", "mlp.fc1.")
                .replace("mlp.c_proj.", "mlp.fc2."));
  }
}
