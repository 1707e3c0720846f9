package org.perceiveir.streams.topics;

import java.util.List;

/**
 * What {@link TopicAdmin#create} found or did for one topic.
 *
 * @param topic the topic's name
 * @param status what was done
 * @param differences where an existing topic is not as configured, one sentence each
 */
public record TopicReport(String topic, Status status, List<String> differences) {

  /** What was done. */
  public enum Status {
    /** It did not exist and was created as configured. */
    CREATED,
    /** It exists as configured. */
    EXISTS,
    /** It exists with other settings, which were left alone. */
    DIFFERS
  }

  /** One line for a user. */
  public String summary() {
    return switch (status) {
      case CREATED -> topic + ": created";
      case EXISTS -> topic + ": exists";
      case DIFFERS -> topic + ": exists, left as it is: " + String.join("; ", differences);
    };
  }
}
