package org.perceiveir.streams.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;

import java.time.Duration;
import org.apache.kafka.common.config.ConfigDef;

/**
 * Telemetry by source and window, and where it goes.
 *
 * @param enabled whether the service runs the aggregates, and so the alerts
 * @param sourcesTopic topic of the telemetry by source
 * @param alertsTopic topic of the alerts
 * @param window length of a window
 * @param grace how long a window waits for telemetry after its end
 */
public record AggregatesSettings(
    boolean enabled, String sourcesTopic, String alertsTopic, Duration window, Duration grace) {
  public static final String ENABLED = "aggregates.enabled";
  public static final String TOPIC_SOURCES = "topic.sources";
  public static final String TOPIC_ALERTS = "topic.alerts";
  public static final String WINDOW_MS = "aggregates.window.ms";
  public static final String GRACE_MS = "aggregates.grace.ms";

  static void define(ConfigDef def) {
    def.define(
            ENABLED,
            ConfigDef.Type.BOOLEAN,
            true,
            MEDIUM,
            "Whether the service sums its telemetry up by source and raises alerts. It does so in a"
                + " second application, named as this one with -aggregates behind it, whose failure"
                + " does not touch the restoration.")
        .define(
            TOPIC_SOURCES,
            ConfigDef.Type.STRING,
            "telemetry.sources",
            KeyRules.topicName(),
            LOW,
            "Topic of the telemetry by source and window.")
        .define(
            TOPIC_ALERTS,
            ConfigDef.Type.STRING,
            "alerts.quality",
            KeyRules.topicName(),
            LOW,
            "Topic of the alerts, compacted: the newest state of each source and kind.")
        .define(
            WINDOW_MS,
            ConfigDef.Type.LONG,
            10_000L,
            ConfigDef.Range.between(1_000L, 3_600_000L),
            LOW,
            "Length of a window, in milliseconds. Windows begin at multiples of it since 1970.")
        .define(
            GRACE_MS,
            ConfigDef.Type.LONG,
            5_000L,
            ConfigDef.Range.between(0L, 60_000L),
            LOW,
            "How long a window waits for telemetry that was written before its end, in"
                + " milliseconds; what comes later is counted as late and in nothing else.");
  }

  static AggregatesSettings of(ConfigValues values) {
    return new AggregatesSettings(
        values.flag(ENABLED),
        values.string(TOPIC_SOURCES),
        values.string(TOPIC_ALERTS),
        Duration.ofMillis(values.longValue(WINDOW_MS)),
        Duration.ofMillis(values.longValue(GRACE_MS)));
  }
}
