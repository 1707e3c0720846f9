package org.perceiveir.streams.aggregates;

import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaClientSupplier;

/**
 * The clients of the aggregates. Its consumer notes when a poll found a partition read to its end:
 * only then does the absence of records mean that there are none. After a restart, on a slow
 * broker, or during a rebalance they are there and were not read yet.
 *
 * <p>With {@code kafka.group.protocol=streams} Kafka Streams makes the consumer itself; then every
 * partition counts as read to its end at any time.
 *
 * <p>Thread-safe.
 */
final class ReadToEnd implements KafkaClientSupplier, AggregatesPlan.EmptyPartitions {
  private final Map<Integer, Long> untilMs = new ConcurrentHashMap<>();
  private final String topic;
  private volatile boolean watches;

  ReadToEnd(String topic) {
    this.topic = topic;
  }

  @Override
  public long untilMs(int partition, long wallMs) {
    return watches ? untilMs.getOrDefault(partition, 0L) : wallMs;
  }

  @Override
  public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
    watches = true;
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer()) {
      @Override
      public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
        ConsumerRecords<byte[], byte[]> records = super.poll(timeout);
        note(this, records, System.currentTimeMillis());
        return records;
      }
    };
  }

  /** Notes the partitions that a poll found at their end. */
  void note(Consumer<?, ?> consumer, ConsumerRecords<?, ?> records, long wallMs) {
    for (TopicPartition partition : consumer.assignment()) {
      if (partition.topic().equals(topic)
          && records.records(partition).isEmpty()
          && !consumer.paused().contains(partition)
          && consumer.currentLag(partition).equals(OptionalLong.of(0))) {
        untilMs.put(partition.partition(), wallMs);
      }
    }
  }

  @Override
  public Admin getAdmin(Map<String, Object> config) {
    return Admin.create(config);
  }

  @Override
  public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  @Override
  public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> config) {
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  @Override
  public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> config) {
    return getRestoreConsumer(config);
  }
}
