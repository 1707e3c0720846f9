package org.perceiveir.streams.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;

import java.time.Duration;
import org.apache.kafka.common.config.ConfigDef;

/**
 * The live page and what it may keep.
 *
 * @param enabled whether it is served
 * @param interval shortest time between two pictures of one source
 * @param maxSources sources with a tile
 * @param pictureSize longest side of a picture, in pixels
 */
public record LivePageSettings(
    boolean enabled, Duration interval, int maxSources, int pictureSize) {
  public static final String ENABLED = "live.page";
  public static final String INTERVAL_MS = "live.page.interval.ms";
  public static final String SOURCES_MAX = "live.page.sources.max";
  public static final String PICTURE_SIZE = "live.page.picture.size";

  static void define(ConfigDef definition) {
    definition
        .define(
            ENABLED,
            ConfigDef.Type.BOOLEAN,
            false,
            MEDIUM,
            "Serve a live page at /live: the frames of each source before and after, tiers,"
                + " outcomes, dead letters and models of this instance. Needs http.port. Whoever"
                + " may read it sees what the cameras see: every user of the machine where"
                + " http.bind is localhost and no token is set, else who has the token.")
        .define(
            INTERVAL_MS,
            ConfigDef.Type.LONG,
            500L,
            ConfigDef.Range.between(500, 60_000),
            LOW,
            "Shortest time between two pictures of one source on the live page, in milliseconds;"
                + " twenty times as long while nobody watches.")
        .define(
            SOURCES_MAX,
            ConfigDef.Type.INT,
            16,
            ConfigDef.Range.between(1, 64),
            LOW,
            "Sources with a tile on the live page; beyond, one that has been silent for 10 s"
                + " gives its tile up.")
        .define(
            PICTURE_SIZE,
            ConfigDef.Type.INT,
            640,
            ConfigDef.Range.between(64, 1920),
            LOW,
            "Longest side of a picture on the live page, in pixels; larger frames are scaled down.");
  }

  /**
   * Reads the section.
   *
   * @throws ConfigurationException if the page is on and no port is open
   */
  static LivePageSettings of(ConfigValues values) {
    LivePageSettings settings =
        new LivePageSettings(
            values.flag(ENABLED),
            Duration.ofMillis(values.longValue(INTERVAL_MS)),
            values.integer(SOURCES_MAX),
            values.integer(PICTURE_SIZE));
    if (settings.enabled && values.integer(HttpSettings.PORT) < 0) {
      throw new ConfigurationException(
          ENABLED,
          "true",
          "is served on no port",
          "set " + HttpSettings.PORT + ", 9464 for instance, or leave " + ENABLED + " out");
    }
    return settings;
  }
}
