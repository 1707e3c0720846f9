package org.perceiveir.streams.pass;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.perceiveir.model.perceiver.Assessment;

/**
 * Routes by tier.
 *
 * <p>A frame goes the way of its tier, which the perceiver's own rule names, if the tier's
 * probability is at least {@code minProbability}; otherwise the full way: in doubt a frame is
 * restored.
 */
public final class RoutingPolicy {
  /** Tiers that a perceiver of the service has, from the worst to the best. */
  public static final List<String> TIERS = List.of("terrible", "mediocre", "excellent");

  private final Map<String, Route> byTier;
  private final double minProbability;

  /**
   * A policy.
   *
   * @param byTier the way of each of {@link #TIERS}; a missing one is the full way
   * @param minProbability 0 to 1
   */
  public RoutingPolicy(Map<String, Route> byTier, double minProbability) {
    this.byTier = Map.copyOf(byTier);
    this.minProbability = minProbability;
  }

  /** Every frame goes the full way. */
  public static RoutingPolicy allFull() {
    return new RoutingPolicy(Map.of(), 0);
  }

  /** Whether a tier goes this way. */
  public boolean uses(Route route) {
    return byTier.containsValue(route);
  }

  /** Which way a frame goes. */
  public RouteDecision decide(Assessment seen) {
    String tier = seen.tier();
    float probability = seen.of(tier);
    Route route = byTier.getOrDefault(tier, Route.FULL);
    if (route != Route.FULL && probability < minProbability) {
      return new RouteDecision(
          Route.FULL,
          String.format(
              Locale.ROOT,
              "%s %.2f is below route.min.probability=%.2f",
              tier,
              probability,
              minProbability));
    }
    return new RouteDecision(
        route,
        String.format(Locale.ROOT, "%s %.2f: route.%s=%s", tier, probability, tier, route.id()));
  }
}
