package org.perceiveir.streams.topics;

import java.util.List;

/**
 * What an examination of the topics and brokers has found.
 *
 * @param problems what keeps the service from starting, each with the command that mends it
 * @param warnings what may not be meant
 * @param facts what the service must know of the cluster
 */
public record TopicFindings(List<String> problems, List<String> warnings, ClusterFacts facts) {
  /** Copies the lists. */
  public TopicFindings {
    problems = List.copyOf(problems);
    warnings = List.copyOf(warnings);
  }
}
