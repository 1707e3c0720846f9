package org.perceiveir.streams.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigDef;
import org.perceiveir.streams.pass.Route;
import org.perceiveir.streams.pass.RoutingPolicy;

/**
 * Quality tiers and the ways that follow from them.
 *
 * @param perceiver directory of the perceiver; empty where nobody judges
 * @param afterShare share of the restored frames that is judged again, 0 to 1
 * @param policy the way of each tier
 * @param lightBundle directory of the lighter bundle; empty without one
 */
public record TierSettings(
    Optional<Path> perceiver, double afterShare, RoutingPolicy policy, Optional<Path> lightBundle) {
  public static final String PERCEIVER = "tiers.perceiver";
  public static final String AFTER_SAMPLE = "tiers.after.sample";
  public static final String LIGHT_BUNDLE = "route.light.bundle";
  public static final String MIN_PROBABILITY = "route.min.probability";
  private static final String ROUTE = "route.";

  static void define(ConfigDef definition) {
    definition
        .define(
            PERCEIVER,
            ConfigDef.Type.STRING,
            "",
            HIGH,
            "Directory of the quality perceiver that tells the tier of each frame (terrible,"
                + " mediocre, excellent) for the telemetry and for route.*. Empty: no tiers, and"
                + " every frame is restored.")
        .define(
            AFTER_SAMPLE,
            ConfigDef.Type.DOUBLE,
            0.1,
            ConfigDef.Range.between(0, 1),
            MEDIUM,
            "Share of the restored frames whose tier is told again after the restoration, 0 to 1;"
                + " each costs as much as telling it before.");
    for (String tier : RoutingPolicy.TIERS) {
      definition.define(
          ROUTE + tier,
          ConfigDef.Type.STRING,
          Route.FULL.id(),
          ConfigDef.ValidString.in("full", "light", "pass-through"),
          MEDIUM,
          "Way of frames of the tier "
              + tier
              + ": full (restored by bundle), light (restored by route.light.bundle) or"
              + " pass-through (written as they came). Other ways than full need"
              + " tiers.perceiver.");
    }
    definition
        .define(
            MIN_PROBABILITY,
            ConfigDef.Type.DOUBLE,
            0.6,
            ConfigDef.Range.between(0, 1),
            MEDIUM,
            "Least probability of a tier at which a frame goes another way than full: in doubt it"
                + " is restored.")
        .define(
            LIGHT_BUNDLE,
            ConfigDef.Type.STRING,
            "",
            MEDIUM,
            "Directory of the bundle of the way light, smaller and faster than bundle.");
  }

  static TierSettings of(ConfigValues values) {
    Map<String, Route> byTier = new HashMap<>();
    for (String tier : RoutingPolicy.TIERS) {
      byTier.put(tier, Route.fromId(values.string(ROUTE + tier)));
    }
    TierSettings settings =
        new TierSettings(
            directory(values.string(PERCEIVER)),
            values.doubleValue(AFTER_SAMPLE),
            new RoutingPolicy(byTier, values.doubleValue(MIN_PROBABILITY)),
            directory(values.string(LIGHT_BUNDLE)));
    settings.check(byTier);
    return settings;
  }

  private static Optional<Path> directory(String value) {
    return value.isBlank() ? Optional.empty() : Optional.of(Path.of(value));
  }

  private void check(Map<String, Route> byTier) {
    for (String tier : RoutingPolicy.TIERS) {
      Route route = byTier.getOrDefault(tier, Route.FULL);
      if (route != Route.FULL && perceiver.isEmpty()) {
        throw new ConfigurationException(
            ROUTE + tier,
            route.id(),
            "nobody tells which frames are " + tier,
            "set " + PERCEIVER + " to a perceiver's directory, or leave the key out");
      }
      if (route == Route.LIGHT && lightBundle.isEmpty()) {
        throw new ConfigurationException(
            ROUTE + tier,
            route.id(),
            "there is no lighter bundle",
            "set " + LIGHT_BUNDLE + " to its directory, or choose full or pass-through");
      }
    }
  }
}
