package org.perceiveir.streams.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.ServiceConfig;

class ClientSettingsTest {
  private static ServiceConfig config(String... pairs) {
    Map<String, String> settings =
        new HashMap<>(Map.of("kafka.bootstrap.servers", "b:1", "schema.registry.url", "http://r"));
    for (int i = 0; i < pairs.length; i += 2) {
      settings.put(pairs[i], pairs[i + 1]);
    }
    return ServiceConfig.of(settings);
  }

  /** With a 1 MiB default a frame of 10 MiB ends its stream thread, again and again. */
  @Test
  void shouldLetARecordOfTheLargestFrameThroughEveryClient() {
    ServiceConfig config = config("frame.max.bytes", "20971520");
    int needed = 21 << 20;

    assertThat(ClientSettings.producer(config)).containsEntry("max.request.size", needed);
    assertThat(ClientSettings.streams(config, Map.of()))
        .containsEntry("producer.max.request.size", needed)
        .containsEntry("producer.buffer.memory", 42L << 20)
        .containsEntry("processing.guarantee", "exactly_once_v2")
        .doesNotContainKeys(
            "errors.dead.letter.queue.topic.name", "deserialization.exception.handler");
  }

  @Test
  void shouldPreferTheUsersSettingWithAndWithoutPrefix() {
    ServiceConfig config =
        config(
            "kafka.session.timeout.ms", "6000",
            "kafka.producer.buffer.memory", "99",
            "kafka.producer.linger.ms", "3",
            "kafka.security.protocol", "SSL");

    Map<String, Object> streams = ClientSettings.streams(config, Map.of());
    assertThat(streams).doesNotContainKey("main.consumer.session.timeout.ms");
    assertThat(streams).containsEntry("session.timeout.ms", "6000");
    assertThat(streams).containsEntry("producer.buffer.memory", "99");
    assertThat(ClientSettings.producer(config))
        .containsEntry("buffer.memory", "99")
        .containsEntry("linger.ms", "3")
        .containsEntry("acks", "all");
    assertThat(ClientSettings.admin(config))
        .containsEntry("security.protocol", "SSL")
        .doesNotContainKey("linger.ms");
    assertThat(ClientSettings.consumer(config)).containsEntry("isolation.level", "read_committed");
  }

  @Test
  void shouldKeepTheConnectionToTheCoordinatorAsLongAsARoundMayTake() {
    String key = "main.consumer.connections.max.idle.ms";
    Map<String, Object> longRounds = Map.of("main.consumer.max.poll.interval.ms", 1_500_000);
    Map<String, String> basics =
        Map.of("kafka.bootstrap.servers", "b:1", "schema.registry.url", "http://r");
    Map<String, String> users = new HashMap<>(basics);
    users.put("kafka.connections.max.idle.ms", "7200000");

    assertThat(ClientSettings.streams(ServiceConfig.of(basics), longRounds))
        .containsEntry(key, 1_560_000L);
    assertThat(
            ClientSettings.streams(
                ServiceConfig.of(basics), Map.of("main.consumer.max.poll.interval.ms", 300_000)))
        .doesNotContainKey(key);
    assertThat(ClientSettings.streams(ServiceConfig.of(users), longRounds)).doesNotContainKey(key);
  }

  /** Whoever closes a reader waits for the fetch that is under way. */
  @Test
  void shouldKeepAFetchWithoutRecordsShortUnlessTheUserSetsItsTime() {
    assertThat(ClientSettings.consumer(config("application.id", "app")))
        .containsEntry("fetch.max.wait.ms", 100);
    assertThat(ClientSettings.consumer(config("kafka.consumer.fetch.max.wait.ms", "700")))
        .containsEntry("fetch.max.wait.ms", "700");
  }

  /** Two operators at a time must not fence each other, nor a service that runs. */
  @Test
  void shouldGiveEachRunOfACommandATransactionalIdOfItsOwn() {
    ServiceConfig config = config("application.id", "app");

    Map<String, Object> first = ClientSettings.transactionalProducer(config, "replay");
    assertThat(first)
        .containsEntry("enable.idempotence", true)
        .containsEntry("acks", "all")
        .containsEntry("transaction.timeout.ms", 300_000);
    assertThat(first.get("transactional.id")).asString().startsWith("app-replay-");
    assertThat(ClientSettings.transactionalProducer(config, "replay").get("transactional.id"))
        .isNotEqualTo(first.get("transactional.id"));
    assertThat(
            ClientSettings.transactionalProducer(
                config("kafka.producer.transaction.timeout.ms", "9000"), "replay"))
        .containsEntry("transaction.timeout.ms", "9000");
  }

  /** A plain consumer refuses the value, and with it the books and every reader of results. */
  @Test
  void shouldKeepTheProtocolOfKafkaStreamsFromPlainConsumers() {
    ServiceConfig config = config("kafka.group.protocol", "streams");

    assertThat(ClientSettings.streams(config, Map.of())).containsEntry("group.protocol", "streams");
    assertThat(ClientSettings.consumer(config)).doesNotContainKey("group.protocol");
  }

  /** Such a handler skips a frame in an outage and commits its offset: lost, and in no book. */
  @Test
  void shouldRefuseAHandlerThatGoesOnAfterAnError() {
    assertThatThrownBy(() -> config("kafka.processing.exception.handler", "any.Handler"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("lose frames");
  }

  /** A user who mistypes a key of the registry would believe that a login or a limit is set. */
  @Test
  void shouldNameTheNearestKeyAndHideTheValueWhenARegistryKeyIsMistyped() {
    assertThatThrownBy(() -> config("schema.registry.max.retrys", "0"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("schema.registry.max.retries");
    assertThatThrownBy(() -> config("schema.registry.basic.auth.user.inf", "me:hush"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("schema.registry.basic.auth.user.info")
        .hasMessageNotContaining("hush");
  }

  /** Its frames' settings would take heap that belongs to frames; its guarantee is its own. */
  @Test
  void shouldGiveTheAggregatesTheUsersSettingsButNotThoseOfFrames() {
    ServiceConfig config =
        config(
            "application.id", "app",
            "processing.guarantee", "at_least_once",
            "stream.threads", "8",
            "topics.replication.factor", "3",
            "kafka.security.protocol", "SSL",
            "kafka.client.id", "me",
            "kafka.producer.buffer.memory", "999999999",
            "kafka.commit.interval.ms", "30000",
            "kafka.session.timeout.ms", "6000");

    assertThat(ClientSettings.aggregates(config))
        .containsEntry("application.id", "app-aggregates")
        .containsEntry("client.id", "me-aggregates")
        .containsEntry("processing.guarantee", "exactly_once_v2")
        .containsEntry("num.stream.threads", 1)
        .containsEntry("replication.factor", 3)
        .containsEntry("security.protocol", "SSL")
        .containsEntry("commit.interval.ms", 1_000)
        .containsEntry("producer.buffer.memory", 8 << 20)
        .containsEntry("session.timeout.ms", "6000")
        .doesNotContainKey("main.consumer.session.timeout.ms");
    assertThat(ClientSettings.aggregatesBytes(config)).isEqualTo(16L << 20);
    assertThat(ClientSettings.aggregatesBytes(config("aggregates.enabled", "false"))).isZero();
  }
}
