package org.perceiveir.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerIT {
  private static final String TOPIC = "frames";

  @TempDir Path dir;

  @Test
  void shouldCarryTenMebibyteRecordAndPrintNothingWhenFreshlyStarted() throws Exception {
    byte[] frame = new byte[10 << 20];
    new Random(1).nextBytes(frame);
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try (EmbeddedBroker broker = EmbeddedBroker.start(dir, 0)) {
      assertThat(broker.bootstrapServers()).isEqualTo("127.0.0.1:" + broker.port());
      assertThat(broker.createTopic(TOPIC, 1)).isTrue();
      produce(broker, frame);
      assertThat(consume(broker, 1)).containsExactly(frame);
    } finally {
      System.setOut(before);
    }
    assertThat(printed.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  @Test
  void shouldKeepClusterTopicsAndRecordsWhenRestartedOnTheSameDirectory() throws Exception {
    String cluster;
    try (EmbeddedBroker broker = EmbeddedBroker.start(dir, 0)) {
      broker.createTopic(TOPIC, 3, Map.of("retention.ms", "-1"));
      produce(broker, new byte[] {1});
      cluster = clusterId(broker);
    }
    try (EmbeddedBroker broker = EmbeddedBroker.start(dir, 0)) {
      assertThat(clusterId(broker)).isEqualTo(cluster);
      assertThat(broker.createTopic(TOPIC, 1)).as("the topic is still there").isFalse();
      produce(broker, new byte[] {2});
      assertThat(consume(broker, 2)).containsExactly(new byte[] {1}, new byte[] {2});
    }
  }

  @Test
  void shouldServeBothWhenTwoBrokersRunInOneJvm() throws Exception {
    try (EmbeddedBroker one = EmbeddedBroker.start(dir.resolve("one"), 0);
        EmbeddedBroker two = EmbeddedBroker.start(dir.resolve("two"), 0)) {
      one.createTopic(TOPIC, 1);
      two.createTopic(TOPIC, 1);
      produce(one, new byte[] {1});
      produce(two, new byte[] {2});
      assertThat(consume(one, 1)).containsExactly(new byte[] {1});
      assertThat(consume(two, 1)).containsExactly(new byte[] {2});
      assertThat(clusterId(one)).isNotEqualTo(clusterId(two));

      assertThatThrownBy(() -> EmbeddedBroker.start(dir.resolve("three"), one.port()))
          .isInstanceOf(KafkaException.class)
          .hasMessageContaining("port " + one.port() + " on 127.0.0.1 is taken");
      // Kafka itself would halt the JVM here, and leave the first broker's metadata damaged.
      assertThatThrownBy(() -> EmbeddedBroker.start(dir.resolve("one"), 0))
          .isInstanceOf(KafkaException.class)
          .hasMessageContaining("Another broker uses the directory " + dir.resolve("one"));
      assertThat(one.createTopic("still-alive", 1)).isTrue();
    }
  }

  @Test
  void shouldTakeCallersPropertyAndKeepItsOwnListenerWhenPropertiesAreGiven() throws Exception {
    Map<String, String> properties =
        Map.of("auto.create.topics.enable", "true", "listeners", "PLAINTEXT://0.0.0.0:9092");
    EmbeddedBroker broker = EmbeddedBroker.start(dir, 0, properties);
    try (broker) {
      produce(broker, new byte[] {7});
      try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
        assertThat(admin.describeCluster().nodes().get())
            .singleElement()
            .satisfies(node -> assertThat(node.host()).isEqualTo("127.0.0.1"));
        assertThat(admin.listTopics().names().get()).isEqualTo(Set.of(TOPIC));
      }
    }
    broker.close();
  }

  private static String clusterId(EmbeddedBroker broker) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      return admin.describeCluster().clusterId().get();
    }
  }

  private static void produce(EmbeddedBroker broker, byte[] value) throws Exception {
    Map<String, Object> config =
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            broker.bootstrapServers(),
            ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
            11 << 20);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(TOPIC, 0, null, value)).get();
    }
  }

  private static List<byte[]> consume(EmbeddedBroker broker, int count) {
    Map<String, Object> config =
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            broker.bootstrapServers(),
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
            "earliest");
    List<byte[]> values = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(new TopicPartition(TOPIC, 0)));
      Awaitility.await()
          .atMost(Duration.ofMinutes(1))
          .until(
              () -> {
                for (ConsumerRecord<byte[], byte[]> record :
                    consumer.poll(Duration.ofMillis(200))) {
                  values.add(record.value());
                }
                return values.size() >= count;
              });
    }
    return values;
  }
}
