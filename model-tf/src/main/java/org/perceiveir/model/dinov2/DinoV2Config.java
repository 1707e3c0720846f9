package org.perceiveir.model.dinov2;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.perceiveir.model.preset.PresetException;
import org.perceiveir.model.vit.Activation;
import org.perceiveir.model.vit.PositionTable;
import org.perceiveir.model.vit.TransformerForm;

/**
 * Sizes of a DINOv2 model with a plain MLP (all public ones but the giant).
 *
 * @param patch side of a patch in pixels, at least 2
 * @param width features of a token
 * @param depth number of blocks
 * @param heads attention heads; divides the width
 * @param tableSide patches along one side of the learned position table
 * @param registers number of register tokens, 0 without
 * @param interpolation how positions are interpolated to other sizes
 */
public record DinoV2Config(
    int patch,
    int width,
    int depth,
    int heads,
    int tableSide,
    int registers,
    PositionTable.Interpolation interpolation) {

  /** The official models' rule: one head for each 64 features. */
  public static final int FEATURES_PER_HEAD = 64;

  private static final List<String> KEYS =
      List.of("patch", "width", "depth", "heads", "tableSide", "registers", "interpolation");
  private static final double EPSILON = 1e-6;
  private static final int MAX_PATCH = 64;
  private static final int MAX_WIDTH = 8192;
  private static final int MAX_DEPTH = 128;
  private static final int MAX_SIDE = 256;

  /**
   * Checks every size.
   *
   * @throws PresetException naming the key, its value and what is allowed
   */
  public DinoV2Config {
    checked("patch", patch, 2, MAX_PATCH);
    checked("width", width, 1, MAX_WIDTH);
    checked("depth", depth, 1, MAX_DEPTH);
    checked("heads", heads, 1, MAX_WIDTH);
    if (width % heads != 0) {
      throw new PresetException("dinov2.heads is " + heads + ": it must divide " + width);
    }
    checked("tableSide", tableSide, 1, MAX_SIDE);
    checked("registers", registers, 0, MAX_SIDE);
  }

  private static void checked(String key, int value, int min, int max) {
    if (value < min || value > max) {
      throw new PresetException(
          "dinov2." + key + " is " + value + ": it must be an integer from " + min + " to " + max);
    }
  }

  /** ViT-B/14 with its position table of 518x518 pixels, which the paper uses. */
  public static DinoV2Config vitB14() {
    return new DinoV2Config(14, 768, 12, 12, 37, 0, PositionTable.Interpolation.OFFSET_0_1);
  }

  /** The same sizes with another number of heads, which the shapes of a state dict do not tell. */
  public DinoV2Config withHeads(int other) {
    return new DinoV2Config(patch, width, depth, other, tableSide, registers, interpolation);
  }

  /** The same sizes with another interpolation, which a state dict does not tell either. */
  public DinoV2Config withInterpolation(PositionTable.Interpolation other) {
    return new DinoV2Config(patch, width, depth, heads, tableSide, registers, other);
  }

  /** The sizes as JSON; {@link #fromJson} of it equals this. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("patch", patch).put("width", width).put("depth", depth).put("heads", heads);
    json.put("tableSide", tableSide).put("registers", registers);
    json.put("interpolation", interpolation.name());
    return json;
  }

  /**
   * Checks sizes and makes them from JSON; every key must be there, and no other.
   *
   * @throws PresetException naming the key, its value and what is allowed
   */
  public static DinoV2Config fromJson(JsonNode json) {
    if (!json.isObject()) {
      throw new PresetException("dinov2 must be a JSON object, got " + json.getNodeType());
    }
    ObjectNode known = vitB14().toJson();
    for (var names = json.fieldNames(); names.hasNext(); ) {
      String key = names.next();
      if (!known.has(key)) {
        throw new PresetException("dinov2." + key + " is not a known key; known are " + KEYS);
      }
    }
    return new DinoV2Config(
        integer(json, "patch"),
        integer(json, "width"),
        integer(json, "depth"),
        integer(json, "heads"),
        integer(json, "tableSide"),
        integer(json, "registers"),
        interpolation(json.path("interpolation")));
  }

  private static int integer(JsonNode json, String key) {
    JsonNode node = json.path(key);
    if (!node.isIntegralNumber() || !node.canConvertToInt()) {
      throw new PresetException(
          "dinov2."
              + key
              + (node.isMissingNode() ? " is missing" : " is " + node + ": it must be an integer"));
    }
    return node.intValue();
  }

  private static PositionTable.Interpolation interpolation(JsonNode node) {
    for (PositionTable.Interpolation known : PositionTable.Interpolation.values()) {
      if (known.name().equals(node.asText())) {
        return known;
      }
    }
    throw new PresetException(
        "dinov2.interpolation is "
            + node
            + "; choose one of "
            + List.of(PositionTable.Interpolation.values()));
  }

  static double epsilon() {
    return EPSILON;
  }

  TransformerForm form() {
    return new TransformerForm(width, depth, heads, Activation.GELU, EPSILON, true, false);
  }
}
