package org.perceiveir.streams.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.perceiveir.streams.config.ServiceConfig;

/**
 * The committed records that one topic holds at the moment of opening, as bytes; what comes later
 * is not read. For one thread.
 *
 * <p>Every method throws {@link KafkaException} if the brokers do not answer for 30 seconds.
 */
public final class TopicScan implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration ANSWER = Duration.ofSeconds(30);

  private final Consumer<byte[], byte[]> consumer;
  private final String topic;
  private final Map<TopicPartition, Long> begins;
  private final Map<TopicPartition, Long> ends;

  private TopicScan(Consumer<byte[], byte[]> consumer, String topic) {
    this.consumer = consumer;
    this.topic = topic;
    List<PartitionInfo> found = consumer.partitionsFor(topic, ANSWER);
    if (found == null || found.isEmpty()) {
      throw new KafkaException("topic " + topic + " does not exist");
    }
    List<TopicPartition> partitions =
        found.stream().map(p -> new TopicPartition(topic, p.partition())).toList();
    // A consumer that reads committed records warns of ends of partitions that it does not have.
    consumer.assign(partitions);
    begins = consumer.beginningOffsets(partitions, ANSWER);
    // With read_committed this is the end of what is committed, so a scan waits for nothing.
    ends = consumer.endOffsets(partitions, ANSWER);
  }

  /**
   * Looks at a topic.
   *
   * @throws KafkaException if the brokers do not answer or the topic does not exist
   */
  public static TopicScan open(ServiceConfig config, String topic) {
    Map<String, Object> settings = ClientSettings.consumer(config);
    // A record that retention deletes during the scan is passed over, the rest is not.
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    Consumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings);
    try {
      return new TopicScan(consumer, topic);
    } catch (RuntimeException e) {
      consumer.close();
      throw e;
    }
  }

  /** Name of the topic. */
  public String topic() {
    return topic;
  }

  /** The first offset of each partition. */
  public Map<Integer, Long> begins() {
    return byPartition(begins);
  }

  /** The offset after the last committed record of each partition. */
  public Map<Integer, Long> ends() {
    return byPartition(ends);
  }

  /**
   * The first offset of each partition whose record is not older than a time; all records before it
   * are older. Partitions without such a record are left out.
   *
   * @param timestampMs milliseconds since 1970
   */
  public Map<Integer, Long> since(long timestampMs) {
    Map<TopicPartition, Long> wanted = new HashMap<>();
    begins.keySet().forEach(p -> wanted.put(p, timestampMs));
    Map<Integer, Long> since = new HashMap<>();
    for (Map.Entry<TopicPartition, OffsetAndTimestamp> found :
        consumer.offsetsForTimes(wanted, ANSWER).entrySet()) {
      if (found.getValue() != null) {
        since.put(found.getKey().partition(), found.getValue().offset());
      }
    }
    return since;
  }

  /**
   * Reads the whole topic, partition by partition and each in the order of its offsets.
   *
   * @param reader sees each record; returns false to end the scan
   */
  public void all(Predicate<ConsumerRecord<byte[], byte[]>> reader) {
    List<Integer> order = new ArrayList<>(begins().keySet());
    order.sort(null);
    for (int partition : order) {
      if (!range(partition, 0, Long.MAX_VALUE, reader)) {
        return;
      }
    }
  }

  /**
   * Reads a part of one partition in the order of its offsets.
   *
   * @param from first offset
   * @param to offset after the last
   * @param reader sees each record; returns false to end the scan
   * @return false if the reader ended it
   */
  public boolean range(
      int partition, long from, long to, Predicate<ConsumerRecord<byte[], byte[]>> reader) {
    TopicPartition at = new TopicPartition(topic, partition);
    long begin = Math.max(from, begins.getOrDefault(at, 0L));
    long end = Math.min(to, ends.getOrDefault(at, 0L));
    if (begin >= end) {
      return true;
    }
    consumer.assign(List.of(at));
    consumer.seek(at, begin);
    long moved = System.nanoTime();
    long position = begin;
    while (position < end) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        if (record.offset() < end && !reader.test(record)) {
          return false;
        }
      }
      long now = consumer.position(at);
      if (now > position) {
        position = now;
        moved = System.nanoTime();
      } else if (System.nanoTime() - moved > ANSWER.toNanos()) {
        throw new KafkaException(
            "no broker answered for "
                + ANSWER.toSeconds()
                + " s about "
                + at
                + " at offset "
                + position);
      }
    }
    return true;
  }

  /** The record at an offset; empty if there is none. */
  public Optional<ConsumerRecord<byte[], byte[]>> at(int partition, long offset) {
    List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
    range(
        partition,
        offset,
        offset + 1,
        record -> {
          found.add(record);
          return false;
        });
    return found.stream().filter(record -> record.offset() == offset).findFirst();
  }

  private static Map<Integer, Long> byPartition(Map<TopicPartition, Long> offsets) {
    Map<Integer, Long> byPartition = new HashMap<>();
    offsets.forEach((partition, offset) -> byPartition.put(partition.partition(), offset));
    return byPartition;
  }

  @Override
  public void close() {
    consumer.close();
  }
}
