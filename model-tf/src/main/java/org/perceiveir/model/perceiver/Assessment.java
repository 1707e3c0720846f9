package org.perceiveir.model.perceiver;

import java.util.List;

/**
 * What a perceiver says of one image.
 *
 * @param tier name of its tier
 * @param tiers names of all tiers from the worst to the best
 * @param probabilities of the tiers, in the same order, adding up to 1
 */
public record Assessment(String tier, List<String> tiers, List<Float> probabilities) {
  /** Copies the lists. */
  public Assessment {
    tiers = List.copyOf(tiers);
    probabilities = List.copyOf(probabilities);
    if (tiers.size() != probabilities.size()) {
      throw new IllegalArgumentException(
          tiers.size() + " tiers and " + probabilities.size() + " probabilities");
    }
  }

  /**
   * The probability of one tier.
   *
   * @throws IllegalArgumentException if there is no such tier
   */
  public float of(String name) {
    int at = tiers.indexOf(name);
    if (at < 0) {
      throw new IllegalArgumentException("there is no tier '" + name + "' among " + tiers);
    }
    return probabilities.get(at);
  }
}
