package org.perceiveir.streams.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.RestoredFrame;
import org.perceiveir.schemas.serde.ConfluentAvroSerde;
import org.perceiveir.streams.config.ServiceConfig;

/**
 * Reads the committed records of all partitions of one topic, without a group. For one thread.
 *
 * @param <T> the generated class of the values
 */
public final class CommittedRecords<T extends SpecificRecord> implements AutoCloseable {

  /** Where reading begins. */
  public enum From {
    /** With the oldest record. */
    BEGINNING,
    /** With what is committed after the call. */
    END
  }

  /**
   * One record.
   *
   * @param partition partition of the topic
   * @param offset offset in it
   * @param timestampMs the record's time, in milliseconds since 1970
   * @param value the record
   */
  public record Entry<V>(int partition, long offset, long timestampMs, V value) {}

  private final Consumer<byte[], byte[]> consumer;
  private final Deserializer<T> deserializer;
  private final String topic;
  private final List<TopicPartition> partitions;

  private CommittedRecords(
      Consumer<byte[], byte[]> consumer, Deserializer<T> deserializer, String topic, From from) {
    this.consumer = consumer;
    this.deserializer = deserializer;
    this.topic = topic;
    this.partitions =
        consumer.partitionsFor(topic).stream()
            .map(p -> new TopicPartition(topic, p.partition()))
            .toList();
    consumer.assign(partitions);
    if (from == From.BEGINNING) {
      consumer.seekToBeginning(partitions);
    } else {
      consumer.seekToEnd(partitions);
      // Seeking is lazy: ask for the positions so that "after the call" holds.
      partitions.forEach(consumer::position);
    }
  }

  /** The restored frames. */
  public static CommittedRecords<RestoredFrame> restored(ServiceConfig config, From from) {
    return open(config, RestoredFrame.class, config.restoredTopic(), from);
  }

  /** The telemetry. */
  public static CommittedRecords<FrameTelemetry> telemetry(ServiceConfig config, From from) {
    return open(config, FrameTelemetry.class, config.telemetryTopic(), from);
  }

  private static <V extends SpecificRecord> CommittedRecords<V> open(
      ServiceConfig config, Class<V> type, String topic, From from) {
    return new CommittedRecords<>(
        new KafkaConsumer<>(ClientSettings.consumer(config)),
        ConfluentAvroSerde.forValue(type, config.serdeSettings()).deserializer(),
        topic,
        from);
  }

  /**
   * What has been committed since the last call, in order within each partition.
   *
   * @param timeout longest wait for the first record
   */
  public List<Entry<T>> poll(Duration timeout) {
    List<Entry<T>> entries = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(timeout)) {
      T value = deserializer.deserialize(topic, record.value());
      entries.add(new Entry<>(record.partition(), record.offset(), record.timestamp(), value));
    }
    return entries;
  }

  /** The offset after the last record that was read, for each partition. */
  public Map<TopicPartition, Long> positions() {
    Map<TopicPartition, Long> positions = new HashMap<>();
    partitions.forEach(p -> positions.put(p, consumer.position(p)));
    return positions;
  }

  @Override
  public void close() {
    consumer.close();
  }
}
