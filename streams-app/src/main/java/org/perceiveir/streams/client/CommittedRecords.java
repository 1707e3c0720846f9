package org.perceiveir.streams.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.RestoredFrame;
import org.perceiveir.schemas.serde.ConfluentAvroSerde;
import org.perceiveir.streams.config.ServiceConfig;

/**
 * Reads the committed records of all partitions of one topic, without a group. For one thread.
 *
 * <p>Records that retention deletes before they are read are skipped, and {@link #begins()} tells
 * so. A call that throws has read nothing: the next one reads the same records again.
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
   * @param key the record's key as text; empty where it has none
   * @param value the record
   */
  public record Entry<V>(
      int partition, long offset, long timestampMs, Optional<String> key, V value) {}

  private final Consumer<byte[], byte[]> consumer;
  private final Deserializer<T> deserializer;
  private final String topic;
  private final List<TopicPartition> partitions;
  private final Map<TopicPartition, Long> begins = new HashMap<>();

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
    }
    // Seeking is lazy: ask for the positions so that "after the call" holds.
    begins.putAll(positions());
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
    Map<String, Object> settings = ClientSettings.consumer(config);
    // Kafka's default jumps to the end of a partition whose next record was deleted, silently.
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    return new CommittedRecords<>(
        new KafkaConsumer<>(settings),
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
    ConsumerRecords<byte[], byte[]> records;
    try {
      records = consumer.poll(timeout);
    } catch (OffsetOutOfRangeException e) {
      consumer.seekToBeginning(e.partitions());
      e.partitions().forEach(p -> begins.put(p, consumer.position(p)));
      return List.of();
    }
    List<Entry<T>> entries = new ArrayList<>();
    try {
      for (ConsumerRecord<byte[], byte[]> record : records) {
        T value = deserializer.deserialize(topic, record.value());
        Optional<String> key =
            Optional.ofNullable(record.key()).map(bytes -> new String(bytes, UTF_8));
        entries.add(
            new Entry<>(record.partition(), record.offset(), record.timestamp(), key, value));
      }
    } catch (RuntimeException e) {
      records.partitions().forEach(p -> consumer.seek(p, records.records(p).get(0).offset()));
      throw e;
    }
    return entries;
  }

  /**
   * The offset at which reading began in each partition: records before it were not read, by choice
   * or because retention had deleted them.
   */
  public Map<TopicPartition, Long> begins() {
    return new HashMap<>(begins);
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
