package org.perceiveir.model.perceiver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;
import org.perceiveir.model.clip.ClipConfig;
import org.perceiveir.model.preset.PresetException;

/**
 * What a perceiver is, but for its numbers.
 *
 * @param clip sizes of the CLIP model that it is the image half of
 * @param tiers names of the quality tiers from the worst to the best, 2 to 4, for instance {@code
 *     terrible, mediocre, excellent}
 * @param logitScale factor of the cosines in the softmax (eq. 1), above 0
 * @param views what of an image is looked at
 * @param origin where the image encoder's weights come from
 */
public record PerceiverForm(
    ClipConfig clip, List<String> tiers, double logitScale, Views views, Origin origin) {

  /** How an image is judged, in words. */
  public static final String RULE =
      "features of all views are averaged, tier = the prompt of the highest softmax(logitScale *"
          + " cosine), the better tier where two are equal";

  /** The fewest tiers that tell anything. */
  public static final int FEWEST_TIERS = 2;

  /** The most tiers that there are images for. */
  public static final int MOST_TIERS = 4;

  private static final double MAX_LOGIT_SCALE = 1000;
  private static final Pattern TIER = Pattern.compile("[a-z][a-z0-9 -]{0,31}");

  /** Where an image encoder's weights come from. */
  public enum Origin {
    /** Public CLIP weights, left as they are. */
    PUBLIC("public CLIP weights, frozen"),

    /** Trained together with the prompts, from random numbers. */
    FROM_SCRATCH("trained from scratch with the prompts");

    private final String words;

    Origin(String words) {
      this.words = words;
    }

    /** In words, as bundles and cards say it. */
    public String words() {
      return words;
    }

    static Origin of(JsonNode json) {
      for (Origin origin : values()) {
        if (origin.words.equals(json.asText())) {
          return origin;
        }
      }
      throw new PresetException(
          "encoder is "
              + json
              + ": it must be '"
              + PUBLIC.words
              + "' or '"
              + FROM_SCRATCH.words
              + "'");
    }
  }

  /**
   * Checks and copies the tiers.
   *
   * @throws PresetException naming the key, its value and what is allowed
   */
  public PerceiverForm {
    tiers = List.copyOf(tiers);
    if (tiers.size() < FEWEST_TIERS || tiers.size() > MOST_TIERS) {
      throw new PresetException(
          "tiers is "
              + tiers
              + ": there must be "
              + FEWEST_TIERS
              + " to "
              + MOST_TIERS
              + ", from the worst to the best");
    }
    for (String tier : tiers) {
      if (!TIER.matcher(tier).matches()) {
        throw new PresetException("tier '" + tier + "' does not match " + TIER.pattern());
      }
    }
    if (new HashSet<>(tiers).size() != tiers.size()) {
      throw new PresetException("tiers is " + tiers + ": no name may be there twice");
    }
    if (!(logitScale > 0 && logitScale <= MAX_LOGIT_SCALE)) {
      throw new PresetException(
          "logitScale is "
              + logitScale
              + ": it must be above 0 and at most "
              + (int) MAX_LOGIT_SCALE);
    }
  }

  /** The best tier, of undamaged images: the one that eq. 9 pulls restored images to. */
  public String excellent() {
    return tiers.get(tiers.size() - 1);
  }

  /**
   * The tier of an image by {@link #RULE}.
   *
   * @param probabilities one for each tier, in their order
   * @return index of the tier
   */
  public int decide(List<Float> probabilities) {
    int best = 0;
    for (int i = 1; i < probabilities.size(); i++) {
      if (probabilities.get(i) >= probabilities.get(best)) {
        best = i;
      }
    }
    return best;
  }

  void describe(ObjectNode json) {
    ArrayNode names = json.putArray("tiers");
    tiers.forEach(names::add);
    json.put("excellent", excellent());
    json.put("logitScale", logitScale);
    json.set("views", views.toJson());
    json.set("clip", clip.toJson());
    json.put("encoder", origin.words());
    json.put("rule", RULE);
  }

  static PerceiverForm fromJson(JsonNode json) {
    JsonNode names = json.path("tiers");
    if (!names.isArray()) {
      throw new PresetException("tiers is " + names + ": it must be a list of names");
    }
    List<String> tiers = new ArrayList<>();
    names.forEach(name -> tiers.add(name.asText()));
    if (!json.path("logitScale").isNumber()) {
      throw new PresetException(
          "logitScale is " + json.path("logitScale") + ": it must be a number");
    }
    PerceiverForm form =
        new PerceiverForm(
            ClipConfig.fromJson(json.path("clip")),
            tiers,
            json.path("logitScale").doubleValue(),
            Views.fromJson(json.path("views")),
            Origin.of(json.path("encoder")));
    if (!form.excellent().equals(json.path("excellent").asText())) {
      throw new PresetException(
          "excellent is " + json.path("excellent") + ": it must be the last tier of " + tiers);
    }
    if (!RULE.equals(json.path("rule").asText())) {
      throw new PresetException(
          "rule is " + json.path("rule") + ": this program decides by '" + RULE + "'");
    }
    return form;
  }
}
