package org.perceiveir.streams.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;

import org.apache.kafka.common.config.ConfigDef;

/**
 * How metrics are kept.
 *
 * @param maxSources sources with a tag of their own
 */
public record MetricsSettings(int maxSources) {
  public static final String SOURCES_MAX = "metrics.sources.max";

  static void define(ConfigDef definition) {
    definition.define(
        SOURCES_MAX,
        ConfigDef.Type.INT,
        64,
        ConfigDef.Range.between(0, 10_000),
        LOW,
        "Sources that have a tag of their own in the metrics, first come, first served; the others"
            + " are counted together as 'other'.");
  }

  static MetricsSettings of(ConfigValues values) {
    return new MetricsSettings(values.integer(SOURCES_MAX));
  }
}
