package org.perceiveir.model.clip;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import org.perceiveir.model.preset.PresetException;
import org.perceiveir.model.vit.Activation;
import org.perceiveir.model.vit.TransformerForm;

/**
 * Sizes of a CLIP model with a vision transformer.
 *
 * @param imageSize side of the square images in pixels; a multiple of the patch
 * @param patch side of a patch in pixels, at least 2
 * @param visionWidth features of an image token
 * @param visionLayers blocks of the image encoder
 * @param visionHeads attention heads of the image encoder; divides the width
 * @param embedDim width of the features that images and texts share
 * @param textWidth features of a text token
 * @param textLayers blocks of the text encoder
 * @param textHeads attention heads of the text encoder; divides the width
 * @param contextLength tokens of a text, start and end included
 * @param vocabularySize number of tokens that there are
 */
public record ClipConfig(
    int imageSize,
    int patch,
    int visionWidth,
    int visionLayers,
    int visionHeads,
    int embedDim,
    int textWidth,
    int textLayers,
    int textHeads,
    int contextLength,
    int vocabularySize) {

  /** OpenAI's rule: one head for each 64 features. */
  public static final int FEATURES_PER_HEAD = 64;

  private static final double EPSILON = 1e-5;
  private static final int MAX_IMAGE = 1024;
  private static final int MAX_PATCH = 64;
  private static final int MAX_WIDTH = 8192;
  private static final int MAX_LAYERS = 128;
  private static final int MAX_CONTEXT = 4096;
  private static final int MAX_VOCABULARY = 1_000_000;

  /**
   * Checks every size.
   *
   * @throws PresetException naming the key, its value and what is allowed
   */
  public ClipConfig {
    checked("imageSize", imageSize, 2, MAX_IMAGE);
    checked("patch", patch, 2, MAX_PATCH);
    if (imageSize % patch != 0) {
      throw new PresetException(
          "clip.imageSize is " + imageSize + ": it must be a multiple of clip.patch, " + patch);
    }
    checked("visionWidth", visionWidth, 1, MAX_WIDTH);
    checked("visionLayers", visionLayers, 1, MAX_LAYERS);
    checkedHeads("visionHeads", visionHeads, visionWidth);
    checked("embedDim", embedDim, 1, MAX_WIDTH);
    checked("textWidth", textWidth, 1, MAX_WIDTH);
    checked("textLayers", textLayers, 1, MAX_LAYERS);
    checkedHeads("textHeads", textHeads, textWidth);
    checked("contextLength", contextLength, 3, MAX_CONTEXT);
    checked("vocabularySize", vocabularySize, 3, MAX_VOCABULARY);
  }

  private static void checked(String key, int value, int min, int max) {
    if (value < min || value > max) {
      throw new PresetException(
          "clip." + key + " is " + value + ": it must be an integer from " + min + " to " + max);
    }
  }

  private static void checkedHeads(String key, int heads, int width) {
    checked(key, heads, 1, MAX_WIDTH);
    if (width % heads != 0) {
      throw new PresetException("clip." + key + " is " + heads + ": it must divide " + width);
    }
  }

  /** OpenAI's ViT-B/32, which the paper uses. */
  public static ClipConfig vitB32() {
    return new ClipConfig(224, 32, 768, 12, 12, 512, 512, 12, 8, 77, 49408);
  }

  /** The same sizes with other numbers of heads, which the shapes of a state dict do not tell. */
  public ClipConfig withHeads(int vision, int text) {
    return new ClipConfig(
        imageSize,
        patch,
        visionWidth,
        visionLayers,
        vision,
        embedDim,
        textWidth,
        textLayers,
        text,
        contextLength,
        vocabularySize);
  }

  /** Patches along one side of an image. */
  public int side() {
    return imageSize / patch;
  }

  TransformerForm vision() {
    return new TransformerForm(
        visionWidth, visionLayers, visionHeads, Activation.QUICK_GELU, EPSILON, false, false);
  }

  TransformerForm text() {
    return new TransformerForm(
        textWidth, textLayers, textHeads, Activation.QUICK_GELU, EPSILON, false, true);
  }

  static double epsilon() {
    return EPSILON;
  }

  private Map<String, Integer> sizes() {
    Map<String, Integer> sizes = new LinkedHashMap<>();
    sizes.put("imageSize", imageSize);
    sizes.put("patch", patch);
    sizes.put("visionWidth", visionWidth);
    sizes.put("visionLayers", visionLayers);
    sizes.put("visionHeads", visionHeads);
    sizes.put("embedDim", embedDim);
    sizes.put("textWidth", textWidth);
    sizes.put("textLayers", textLayers);
    sizes.put("textHeads", textHeads);
    sizes.put("contextLength", contextLength);
    sizes.put("vocabularySize", vocabularySize);
    return sizes;
  }

  /** The sizes as JSON; {@link #fromJson} of it equals this. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    sizes().forEach(json::put);
    return json;
  }

  /**
   * Checks sizes and makes them from JSON; every key must be there, and no other.
   *
   * @throws PresetException naming the key, its value and what is allowed
   */
  public static ClipConfig fromJson(JsonNode json) {
    if (!json.isObject()) {
      throw new PresetException("clip must be a JSON object, got " + json.getNodeType());
    }
    Map<String, Integer> known = vitB32().sizes();
    for (var names = json.fieldNames(); names.hasNext(); ) {
      String key = names.next();
      if (!known.containsKey(key)) {
        throw new PresetException(
            "clip." + key + " is not a known key; known are " + new TreeSet<>(known.keySet()));
      }
    }
    return new ClipConfig(
        integer(json, "imageSize"),
        integer(json, "patch"),
        integer(json, "visionWidth"),
        integer(json, "visionLayers"),
        integer(json, "visionHeads"),
        integer(json, "embedDim"),
        integer(json, "textWidth"),
        integer(json, "textLayers"),
        integer(json, "textHeads"),
        integer(json, "contextLength"),
        integer(json, "vocabularySize"));
  }

  private static int integer(JsonNode json, String key) {
    JsonNode node = json.path(key);
    if (node.isMissingNode() || node.isNull()) {
      throw new PresetException("clip." + key + " is missing");
    }
    if (!node.isIntegralNumber() || !node.canConvertToInt()) {
      throw new PresetException("clip." + key + " is " + node + ": it must be an integer");
    }
    return node.intValue();
  }
}
