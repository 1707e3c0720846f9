package org.perceiveir.streams.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;

import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigDef;

/**
 * When an alert about a source is raised and cleared; docs/alerts.md describes each.
 *
 * @param minFrames fewest frames that a share is judged on
 * @param clearJudgements judgements in a row that must speak for the end of an alert
 * @param memory how far back an alert looks
 * @param idleClear an alert ends when there was no bad frame for so long
 * @param forgetSource a source without a record for so long is forgotten
 * @param silentAfter a source without a frame for so long is silent; empty for never
 * @param excellent share of excellent frames of a source that counts as excellent, 0 to 1
 * @param terrible shares of terrible frames
 * @param shed shares of shed frames
 * @param deadLettered shares of dead-lettered records
 */
public record AlertSettings(
    int minFrames,
    int clearJudgements,
    Duration memory,
    Duration idleClear,
    Duration forgetSource,
    Optional<Duration> silentAfter,
    double excellent,
    Limits terrible,
    Limits shed,
    Limits deadLettered) {
  public static final String MIN_FRAMES = "alerts.min.frames";
  public static final String CLEAR_JUDGEMENTS = "alerts.clear.judgements";
  public static final String MEMORY_MS = "alerts.memory.ms";
  public static final String IDLE_CLEAR_MS = "alerts.idle.clear.ms";
  public static final String FORGET_SOURCE_MS = "alerts.forget.source.ms";
  public static final String SILENT_AFTER_MS = "alerts.silent.after.ms";
  public static final String EXCELLENT_SHARE = "alerts.excellent.share";
  public static final String TERRIBLE_RAISE = "alerts.terrible.raise";
  public static final String TERRIBLE_CLEAR = "alerts.terrible.clear";
  public static final String SHED_RAISE = "alerts.shed.raise";
  public static final String SHED_CLEAR = "alerts.shed.clear";
  public static final String DEAD_LETTER_RAISE = "alerts.dead.letter.raise";
  public static final String DEAD_LETTER_CLEAR = "alerts.dead.letter.clear";

  private static final String CLEARED_AT =
      "The alert is cleared when the share is at or below this, 0 to 1; less than ";

  /**
   * The two thresholds of a share of frames.
   *
   * @param raise an alert is raised at this share or more, 0 to 1
   * @param clear it is cleared at this share or less, less than {@code raise}
   */
  public record Limits(double raise, double clear) {}

  static void define(ConfigDef def) {
    def.define(
            MIN_FRAMES,
            ConfigDef.Type.INT,
            50,
            ConfigDef.Range.between(1, 1_000_000),
            LOW,
            "Fewest frames of a source on which an alert is decided; windows are joined until there"
                + " are as many.")
        .define(
            CLEAR_JUDGEMENTS,
            ConfigDef.Type.INT,
            3,
            ConfigDef.Range.between(1, 1_000),
            LOW,
            "How many judgements in a row must be below the lower threshold before an alert is"
                + " cleared.")
        .define(
            MEMORY_MS,
            ConfigDef.Type.LONG,
            3_600_000L,
            ConfigDef.Range.between(10_000L, 2_592_000_000L),
            LOW,
            "How far back an alert looks, in milliseconds: a source that was excellent longer ago"
                + " did not fall, and frames that are older are not joined with new ones.")
        .define(
            IDLE_CLEAR_MS,
            ConfigDef.Type.LONG,
            600_000L,
            ConfigDef.Range.between(10_000L, 2_592_000_000L),
            LOW,
            "An alert is cleared, however few frames there are, when none of them was bad for so"
                + " long, in milliseconds.")
        .define(
            FORGET_SOURCE_MS,
            ConfigDef.Type.LONG,
            Duration.ofDays(1).toMillis(),
            ConfigDef.Range.between(60_000L, 31_536_000_000L),
            LOW,
            "A source without a record for so long is forgotten and its alerts are cleared, in"
                + " milliseconds.")
        .define(
            SILENT_AFTER_MS,
            ConfigDef.Type.LONG,
            30_000L,
            KeyRules.offOrFrom(1_000L, 86_400_000L),
            MEDIUM,
            "A source without a frame for so long is silent, in milliseconds; -1 never. Longer than"
                + " the pause between two commits of the restoration, of which telemetry becomes"
                + " visible.")
        .define(
            EXCELLENT_SHARE,
            ConfigDef.Type.DOUBLE,
            0.5,
            share(),
            LOW,
            "Share of excellent frames, 0 to 1, from which on a source counts as excellent; only"
                + " such a one can fall.");
    limits(
        def,
        TERRIBLE_RAISE,
        0.5,
        TERRIBLE_CLEAR,
        0.2,
        "Share of terrible frames, 0 to 1, at which a source that was excellent has fallen.");
    limits(
        def,
        SHED_RAISE,
        0.1,
        SHED_CLEAR,
        0.02,
        "Share of shed frames, 0 to 1, at which the alert about shedding is raised.");
    limits(
        def,
        DEAD_LETTER_RAISE,
        0.05,
        DEAD_LETTER_CLEAR,
        0.01,
        "Share of dead-lettered records, 0 to 1, at which the alert about them is raised.");
  }

  private static void limits(
      ConfigDef def, String raise, double raiseAt, String clear, double clearAt, String doc) {
    def.define(raise, ConfigDef.Type.DOUBLE, raiseAt, share(), LOW, doc)
        .define(clear, ConfigDef.Type.DOUBLE, clearAt, share(), LOW, CLEARED_AT + raise + ".");
  }

  private static ConfigDef.Validator share() {
    return ConfigDef.Range.between(0.0, 1.0);
  }

  static AlertSettings of(ConfigValues values) {
    long silent = values.longValue(SILENT_AFTER_MS);
    return new AlertSettings(
        values.integer(MIN_FRAMES),
        values.integer(CLEAR_JUDGEMENTS),
        Duration.ofMillis(values.longValue(MEMORY_MS)),
        Duration.ofMillis(values.longValue(IDLE_CLEAR_MS)),
        Duration.ofMillis(values.longValue(FORGET_SOURCE_MS)),
        silent < 0 ? Optional.empty() : Optional.of(Duration.ofMillis(silent)),
        values.doubleValue(EXCELLENT_SHARE),
        limits(values, TERRIBLE_RAISE, TERRIBLE_CLEAR),
        limits(values, SHED_RAISE, SHED_CLEAR),
        limits(values, DEAD_LETTER_RAISE, DEAD_LETTER_CLEAR));
  }

  /** Without a gap between them every frame near the threshold would change the alert's mind. */
  private static Limits limits(ConfigValues values, String raise, String clear) {
    Limits limits = new Limits(values.doubleValue(raise), values.doubleValue(clear));
    if (limits.clear() >= limits.raise()) {
      throw new ConfigurationException(
          clear,
          String.valueOf(limits.clear()),
          "must be less than " + raise + "=" + limits.raise(),
          "lower it, or raise the other");
    }
    return limits;
  }
}
