package org.perceiveir.streams.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.perceiveir.streams.aggregates.Aggregates;
import org.perceiveir.streams.batch.FakeRestorer;
import org.perceiveir.streams.books.BookKeeper;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.inspect.RecordReader;
import org.perceiveir.streams.inspect.TopicTail;
import org.perceiveir.streams.topics.TopicAdmin;

/** Telemetry by source and alerts, of the real service on a real broker. */
class AggregatesIT {
  private static final Duration LONG = Duration.ofSeconds(60);

  private final KafkaForTests kafka = KafkaForTests.get();

  private static List<JsonNode> read(ServiceConfig config, String topic) {
    RecordReader reader = RecordReader.of(config);
    return TopicTail.read(config, topic, 1_000).stream()
        .map(reader::read)
        .map(
            record -> {
              assertThat(record.file().orElseThrow().extension()).isEqualTo("json");
              return record.json().orElseThrow();
            })
        .toList();
  }

  private static List<String> alerts(ServiceConfig config) {
    return read(config, config.aggregates().alertsTopic()).stream()
        .map(
            alert ->
                alert.path("state").asText()
                    + " "
                    + alert.path("kind").asText()
                    + " "
                    + alert.path("source").asText())
        .toList();
  }

  private static long frames(ServiceConfig config, String source, String outcome) {
    return read(config, config.aggregates().sourcesTopic()).stream()
        .filter(record -> record.path("source").asText().equals(source))
        .mapToLong(record -> record.path("outcomes").path(outcome).asLong())
        .sum();
  }

  /** A camera that died while nobody looked is the one that matters. */
  @Test
  void shouldSumUpRaiseAlertsAndKnowItsSourcesAfterARestart() throws Exception {
    Map<String, String> settings =
        kafka.settings(
            "aggregates",
            "aggregates.enabled",
            "true",
            "aggregates.window.ms",
            "1000",
            "aggregates.grace.ms",
            "500",
            "alerts.min.frames",
            "10",
            "topics.partitions",
            "2");
    ServiceConfig config = ServiceConfig.of(settings);
    KafkaForTests.createTopics(config);
    try (PerceiveService service = new PerceiveService(config, FakeRestorer::new)) {
      service.start();
      KafkaForTests.publish(config, "cam", 30);
      try (KafkaProducer<byte[], byte[]> producer =
          new KafkaProducer<>(ClientSettings.producer(config))) {
        for (int i = 0; i < 12; i++) {
          producer
              .send(new ProducerRecord<>(config.inputTopic(), "odd".getBytes(UTF_8), null))
              .get();
        }
      }
      try (BookKeeper keeper = BookKeeper.open(config)) {
        assertThat(keeper.settle(LONG).summary())
            .contains("restored 30")
            .contains("dead-lettered 12");
      }
      await().atMost(LONG).until(() -> service.aggregates().orElseThrow().isRunning());
      Aggregates aggregates = service.aggregates().orElseThrow();
      // Frames of a later window end the one before in their partition.
      await()
          .atMost(LONG)
          .pollInterval(Duration.ofMillis(500))
          .until(
              () -> {
                KafkaForTests.publish(config, "cam", 1);
                return frames(config, "cam", "restored") >= 30;
              });
      assertThat(aggregates.failures()).isZero();
    }

    settings.put("alerts.silent.after.ms", "2000");
    ServiceConfig impatient = ServiceConfig.of(settings);
    try (PerceiveService service = new PerceiveService(impatient, FakeRestorer::new)) {
      service.start();
      await()
          .atMost(LONG)
          .pollInterval(Duration.ofMillis(500))
          .untilAsserted(
              () ->
                  assertThat(alerts(config))
                      .containsExactlyInAnyOrder("RAISED SILENT cam", "RAISED DEAD_LETTERING odd"));
      await()
          .atMost(LONG)
          .pollInterval(Duration.ofMillis(500))
          .untilAsserted(
              () ->
                  assertThat(frames(config, "odd", "deadLettered"))
                      .as(() -> read(config, config.aggregates().sourcesTopic()).toString())
                      .isEqualTo(12));
    }
    List<JsonNode> windows = read(config, config.aggregates().sourcesTopic());
    assertThat(windows).extracting(record -> record.path("late").asLong()).containsOnly(0L);
    assertThat(
            windows.stream()
                .map(record -> record.path("source") + "@" + record.path("windowStartMicros")))
        .as("one record for each source and window")
        .doesNotHaveDuplicates();
  }

  @Test
  void shouldBeginAnewWhenTheTelemetryTopicComesLater() {
    ServiceConfig config =
        ServiceConfig.of(kafka.settings("late-topics", "aggregates.enabled", "true"));
    try (Aggregates aggregates = Aggregates.start(config)) {
      await().atMost(LONG).until(() -> aggregates.failures() >= 1);
      KafkaForTests.createTopics(config);
      await().atMost(LONG).until(aggregates::isRunning);
    }
  }

  @Test
  void shouldSayHowToGoOnWithoutTheTopicsOfTheAggregates() throws Exception {
    Map<String, String> settings = kafka.settings("upgrade", "topics.partitions", "1");
    KafkaForTests.createTopics(ServiceConfig.of(settings));
    Map<String, String> newer = new HashMap<>(settings);
    newer.put("aggregates.enabled", "true");
    ServiceConfig config = ServiceConfig.of(newer);

    try (TopicAdmin topics = TopicAdmin.open(config)) {
      assertThatThrownBy(topics::check)
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(config.aggregates().sourcesTopic())
          .hasMessageContaining(config.aggregates().alertsTopic())
          .hasMessageContaining("perceive topics create --config FILE")
          .hasMessageContaining("aggregates.enabled=false");
      topics.create();
      topics.check();
      assertThat(topics.create()).allMatch(report -> report.differences().isEmpty());
    }
    try (Admin admin = Admin.create(ClientSettings.admin(config))) {
      ConfigResource resource =
          new ConfigResource(ConfigResource.Type.TOPIC, config.aggregates().alertsTopic());
      assertThat(String.valueOf(admin.describeConfigs(List.of(resource)).all().get()))
          .contains("name=cleanup.policy, value=compact,delete");
    }
  }
}
