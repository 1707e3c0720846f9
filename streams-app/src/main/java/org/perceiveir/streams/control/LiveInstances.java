package org.perceiveir.streams.control;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.StreamsGroupMemberDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.streams.StreamsConfig;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.config.ServiceConfig;

/**
 * Which instances of a service live: those whose threads are members of its group. An instance that
 * was killed counts until its session has timed out; one that is starting does not count yet, and
 * carries out the last orders before it does.
 */
final class LiveInstances {
  private static final Duration ANSWER = Duration.ofSeconds(20);

  /** What Kafka Streams adds to its client.id for the consumer of a thread. */
  private static final Pattern THREAD = Pattern.compile("-StreamThread-\\d+-consumer$");

  private LiveInstances() {}

  /**
   * Asks the group's coordinator.
   *
   * @throws KafkaException if it does not answer
   */
  static Set<String> of(ServiceConfig config) {
    String group = config.applicationId();
    boolean streams =
        "streams".equals(config.kafkaSettings().get(StreamsConfig.GROUP_PROTOCOL_CONFIG));
    Admin admin = Admin.create(ClientSettings.admin(config));
    try {
      Stream<String> clients =
          streams
              ? get(admin.describeStreamsGroups(List.of(group)).describedGroups(), group)
                  .members()
                  .stream()
                  .map(StreamsGroupMemberDescription::clientId)
              : get(admin.describeConsumerGroups(List.of(group)).describedGroups(), group)
                  .members()
                  .stream()
                  .map(MemberDescription::clientId);
      return clients.map(LiveInstances::instance).collect(Collectors.toCollection(TreeSet::new));
    } catch (GroupIdNotFoundException e) {
      return Set.of();
    } finally {
      admin.close(Duration.ZERO);
    }
  }

  static String instance(String clientId) {
    return THREAD.matcher(clientId).replaceFirst("");
  }

  private static <T> T get(Map<String, KafkaFuture<T>> described, String group) {
    try {
      return Objects.requireNonNull(described.get(group), group)
          .get(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GroupIdNotFoundException none) {
        throw none;
      }
      throw new KafkaException("the members of the group cannot be listed: " + e.getCause(), e);
    } catch (TimeoutException e) {
      throw new KafkaException("no broker lists the members of the group in time", e);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }
}
