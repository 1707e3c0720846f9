package org.perceiveir.schemas.serde;

import java.util.List;
import org.apache.avro.Schema;
import org.apache.kafka.common.config.ConfigException;

/** Under which subject of the registry a schema is kept. */
enum SubjectNameStrategy {
  /** {@code <topic>-key} or {@code <topic>-value}. */
  TOPIC_NAME("TopicNameStrategy") {
    @Override
    String subject(String topic, boolean isKey, Schema schema) {
      return topic + (isKey ? "-key" : "-value");
    }
  },
  /** The full name of the record. */
  RECORD_NAME("RecordNameStrategy") {
    @Override
    String subject(String topic, boolean isKey, Schema schema) {
      return schema.getFullName();
    }
  },
  /** {@code <topic>-<full name of the record>}. */
  TOPIC_RECORD_NAME("TopicRecordNameStrategy") {
    @Override
    String subject(String topic, boolean isKey, Schema schema) {
      return topic + "-" + schema.getFullName();
    }
  };

  private static final String CONFLUENT_PACKAGE = "io.confluent.kafka.serializers.subject.";

  private final String simpleName;

  SubjectNameStrategy(String simpleName) {
    this.simpleName = simpleName;
  }

  abstract String subject(String topic, boolean isKey, Schema schema);

  String simpleName() {
    return simpleName;
  }

  /** Accepts Confluent's class name or its simple name. */
  static SubjectNameStrategy parse(String key, String name) {
    String simple =
        name.startsWith(CONFLUENT_PACKAGE) ? name.substring(CONFLUENT_PACKAGE.length()) : name;
    for (SubjectNameStrategy strategy : values()) {
      if (strategy.simpleName.equals(simple)) {
        return strategy;
      }
    }
    throw new ConfigException(
        key,
        name,
        "is none of "
            + List.of(TOPIC_NAME.simpleName, RECORD_NAME.simpleName, TOPIC_RECORD_NAME.simpleName)
            + " (with or without the package "
            + CONFLUENT_PACKAGE
            + ")");
  }
}
