package org.perceiveir.streams.aggregates;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.Test;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.service.KafkaForTests;

class FirstLookIT {
  private final ServiceConfig config =
      ServiceConfig.of(KafkaForTests.get().settings("first-look", "topics.partitions", "2"));

  /** Read from its end, a new topic would lose what comes while it is looked for. */
  @Test
  void shouldReadATopicFromItsBeginUnlessItHoldsOlderRecords() throws Exception {
    KafkaForTests.createTopics(config);
    Instant before = Instant.now().minusSeconds(1);
    Instant later = Instant.now().plusSeconds(3_600);
    try (Admin admin = Admin.create(ClientSettings.admin(config))) {
      assertThat(youngerThan(admin, before)).as("empty").isTrue();
      assertThat(youngerThan(admin, later)).as("empty").isTrue();

      try (KafkaProducer<byte[], byte[]> producer =
          new KafkaProducer<>(ClientSettings.producer(config))) {
        producer
            .send(
                new ProducerRecord<>(config.telemetryTopic(), 1, new byte[0], "x".getBytes(UTF_8)))
            .get();
      }

      assertThat(youngerThan(admin, before)).as("one new record").isTrue();
      assertThat(youngerThan(admin, later)).as("one old record").isFalse();
    }
  }

  private boolean youngerThan(Admin admin, Instant time) {
    return FirstLook.holdsNothingBefore(admin, config.telemetryTopic(), time);
  }

  @Test
  void shouldSayThatThereIsNoTopic() {
    try (Admin admin = Admin.create(ClientSettings.admin(config))) {
      assertThatThrownBy(() -> FirstLook.at(admin, config.telemetryTopic(), Instant.now()))
          .isInstanceOf(UnknownTopicOrPartitionException.class);
    }
  }
}
