package org.perceiveir.streams.aggregates;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.streams.AutoOffsetReset;

/**
 * Where the very first run begins to read the telemetry; later ones go on where they were.
 *
 * <p>A reset by time asks for the first record of that time and, where there is none, begins at the
 * end: at the end as it is when that is asked for, after the records that came in between. In a new
 * topic these are the first frames of all, so a topic that holds nothing older is read from its
 * begin.
 */
final class FirstLook {
  /**
   * How far back: frames of the last hour are all that an alert looks back at, and the week that
   * the topic may hold would keep a small machine busy.
   */
  private static final Duration BACK = Duration.ofHours(1);

  private FirstLook() {}

  /**
   * Where to begin without a position of an earlier run.
   *
   * @throws KafkaException if the brokers do not answer or there is no such topic
   */
  static AutoOffsetReset at(Admin admin, String topic, Instant now) {
    return holdsNothingBefore(admin, topic, now.minus(BACK))
        ? AutoOffsetReset.earliest()
        : AutoOffsetReset.byDuration(BACK);
  }

  /** Whether every record of a topic is of this time or a later one. */
  static boolean holdsNothingBefore(Admin admin, String topic, Instant time) {
    try {
      List<TopicPartition> partitions =
          admin.describeTopics(List.of(topic)).allTopicNames().get().values().stream()
              .flatMap(found -> found.partitions().stream())
              .map(partition -> new TopicPartition(topic, partition.partition()))
              .toList();
      // The ends first: what comes meanwhile is new.
      Map<TopicPartition, Long> ends = offsets(admin, partitions, OffsetSpec.latest());
      Map<TopicPartition, Long> begins = offsets(admin, partitions, OffsetSpec.earliest());
      Map<TopicPartition, Long> since =
          offsets(admin, partitions, OffsetSpec.forTimestamp(time.toEpochMilli()));
      return begins.entrySet().stream()
          .allMatch(
              begin ->
                  begin.getValue().equals(ends.get(begin.getKey()))
                      || begin.getValue().equals(since.get(begin.getKey())));
    } catch (ExecutionException e) {
      throw e.getCause() instanceof KafkaException known
          ? known
          : new KafkaException("the offsets of topic " + topic + " are not known", e.getCause());
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  private static Map<TopicPartition, Long> offsets(
      Admin admin, List<TopicPartition> partitions, OffsetSpec at)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    admin
        .listOffsets(partitions.stream().collect(Collectors.toMap(p -> p, p -> at)))
        .all()
        .get()
        .forEach((partition, found) -> offsets.put(partition, found.offset()));
    return offsets;
  }
}
