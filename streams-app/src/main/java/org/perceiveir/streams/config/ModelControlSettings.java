package org.perceiveir.streams.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigDef;

/**
 * Models that are exchanged while the service runs.
 *
 * @param directory where the bundles lie that an order may name; empty where no order is taken
 * @param controlTopic name of the topic of the orders
 * @param statusTopic name of the topic of the answers
 */
public record ModelControlSettings(
    Optional<Path> directory, String controlTopic, String statusTopic) {
  public static final String DIRECTORY = "models.directory";
  public static final String TOPIC_CONTROL = "topic.model.control";
  public static final String TOPIC_STATUS = "topic.model.status";

  private static final int RECORD_MAX_BYTES = 1 << 20;

  static void define(ConfigDef definition) {
    definition
        .define(
            DIRECTORY,
            ConfigDef.Type.STRING,
            "",
            HIGH,
            "Directory whose subdirectories are the bundles that './perceive model load' may name."
                + " Empty: models are not exchanged while the service runs, and the two topics"
                + " below are not used.")
        .define(
            TOPIC_CONTROL,
            ConfigDef.Type.STRING,
            "models.control",
            KeyRules.topicName(),
            LOW,
            "Compacted topic of the orders to load and unload models. Every instance that reads it"
                + " obeys, so give each application.id its own.")
        .define(
            TOPIC_STATUS,
            ConfigDef.Type.STRING,
            "models.status",
            KeyRules.topicName(),
            LOW,
            "Compacted topic of the answers: what each slot of each instance holds.");
  }

  static ModelControlSettings of(ConfigValues values) {
    String directory = values.string(DIRECTORY);
    return new ModelControlSettings(
        directory.isBlank() ? Optional.empty() : Optional.of(Path.of(directory)),
        values.string(TOPIC_CONTROL),
        values.string(TOPIC_STATUS));
  }

  /** Whether orders are taken. */
  public boolean isOn() {
    return directory.isPresent();
  }

  /**
   * The topics that are needed; none where no order is taken. One partition each: an order must not
   * overtake another.
   *
   * @param statusRetentionMs how long the last word of an instance that was killed is kept, in
   *     milliseconds; -1 without limit
   */
  List<TopicSpec> topics(long statusRetentionMs) {
    if (!isOn()) {
      return List.of();
    }
    return List.of(
        new TopicSpec(
            TOPIC_CONTROL, controlTopic, 1, -1, -1, RECORD_MAX_BYTES, TopicSpec.Cleanup.COMPACT),
        new TopicSpec(
            TOPIC_STATUS,
            statusTopic,
            1,
            statusRetentionMs,
            -1,
            RECORD_MAX_BYTES,
            TopicSpec.Cleanup.COMPACT_AND_DELETE));
  }
}
