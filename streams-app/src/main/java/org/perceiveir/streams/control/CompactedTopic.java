package org.perceiveir.streams.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.perceiveir.schemas.serde.ConfluentAvroSerde;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.config.ServiceConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads all committed records of a small compacted topic, without a group. Deletions and records
 * that cannot be read are passed over, the latter with a warning: a stranger's record must not stop
 * the orders behind it. For one thread, except {@link #wakeup}.
 *
 * @param <T> the generated class of the values
 */
final class CompactedTopic<T extends SpecificRecord> implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CompactedTopic.class);
  private static final Duration ANSWER = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(200);

  private final Consumer<byte[], byte[]> consumer;
  private final Deserializer<T> deserializer;
  private final String topic;
  private final List<TopicPartition> partitions;

  private CompactedTopic(
      Consumer<byte[], byte[]> consumer, Deserializer<T> deserializer, String topic) {
    this.consumer = consumer;
    this.deserializer = deserializer;
    this.topic = topic;
    List<PartitionInfo> found = consumer.partitionsFor(topic, ANSWER);
    if (found == null || found.isEmpty()) {
      throw new KafkaException(
          "topic "
              + topic
              + " does not exist; create it with: perceive topics create --config FILE");
    }
    partitions = found.stream().map(p -> new TopicPartition(topic, p.partition())).toList();
    consumer.assign(partitions);
  }

  /**
   * Opens a topic at its beginning.
   *
   * @throws KafkaException if no broker answers or there is no such topic
   */
  static <V extends SpecificRecord> CompactedTopic<V> open(
      ServiceConfig config, Class<V> type, String topic) {
    Map<String, Object> settings = ClientSettings.consumer(config);
    // Nothing that counts is deleted, so the oldest record there is, is where to go on.
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    Consumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings);
    try {
      CompactedTopic<V> opened =
          new CompactedTopic<>(
              consumer,
              ConfluentAvroSerde.forValue(type, config.serdeSettings()).deserializer(),
              topic);
      consumer.seekToBeginning(opened.partitions);
      return opened;
    } catch (RuntimeException e) {
      consumer.close();
      throw e;
    }
  }

  /** Passes over all that is committed now. */
  void skipToEnd() {
    consumer.seekToEnd(partitions);
    // Seeking is lazy: ask for the positions so that "now" holds.
    partitions.forEach(p -> consumer.position(p, ANSWER));
  }

  /**
   * Everything up to what is committed now, in order within each partition.
   *
   * @throws KafkaException if no broker answers for 30 s
   */
  List<T> readToEnd() {
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, ANSWER);
    List<T> all = new ArrayList<>();
    long moved = System.nanoTime();
    while (partitions.stream()
        .anyMatch(p -> consumer.position(p, ANSWER) < ends.getOrDefault(p, 0L))) {
      List<T> some = poll(POLL);
      all.addAll(some);
      if (!some.isEmpty()) {
        moved = System.nanoTime();
      } else if (System.nanoTime() - moved > ANSWER.toNanos()) {
        throw new KafkaException(
            "no broker answered for " + ANSWER.toSeconds() + " s about " + topic);
      }
    }
    return all;
  }

  /**
   * What has been committed since the last call. One that throws has read nothing: the next one
   * reads the same records again.
   *
   * @param timeout longest wait for the first record
   */
  List<T> poll(Duration timeout) {
    ConsumerRecords<byte[], byte[]> records = consumer.poll(timeout);
    List<T> values = new ArrayList<>();
    try {
      for (ConsumerRecord<byte[], byte[]> record : records) {
        byte[] value = record.value();
        if (value != null) {
          read(record, value, values);
        }
      }
    } catch (RuntimeException e) {
      records.partitions().forEach(p -> consumer.seek(p, records.records(p).get(0).offset()));
      throw e;
    }
    return values;
  }

  private void read(ConsumerRecord<byte[], byte[]> record, byte[] value, List<T> into) {
    try {
      into.add(deserializer.deserialize(topic, value));
    } catch (SerializationException e) {
      byte[] key = record.key();
      log.warn(
          "the record at offset {} of {} (key {}) cannot be read and is passed over: {}",
          record.offset(),
          topic,
          key == null ? "none" : new String(key, UTF_8).replaceAll("[^\\x20-\\x7e]", "?"),
          e.getMessage());
    }
  }

  /** Lets the call that waits now, or the next one, throw; from any thread. */
  void wakeup() {
    consumer.wakeup();
  }

  @Override
  public void close() {
    consumer.close();
  }
}
