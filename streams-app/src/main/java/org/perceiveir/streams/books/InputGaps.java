package org.perceiveir.streams.books;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.config.ServiceConfig;

/**
 * Looks at offsets of the input topic: is there a record, and which. Reads one batch at a time,
 * since most questions are about a single offset between frames of some megabytes. For one thread.
 */
final class InputGaps implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(100);

  /** What is looked at is there: nothing is to be waited for before the next partition's turn. */
  private static final int FETCH_WAIT_MS = 10;

  private final Consumer<byte[], byte[]> consumer;
  private final String topic;

  InputGaps(ServiceConfig config) {
    Map<String, Object> settings = ClientSettings.consumer(config);
    // The broker sends at least one batch, however large.
    settings.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 1024);
    settings.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, FETCH_WAIT_MS);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    consumer = new KafkaConsumer<>(settings);
    topic = config.inputTopic();
  }

  /** What is found, in the order of the offsets. */
  interface Finder {
    /** Offsets without a committed record. */
    void nothing(OffsetRange range);

    /** A record. */
    void record(ConsumerRecord<byte[], byte[]> record);

    /** The topic holds nothing before this offset any more. */
    void deleted(int partition, long first);
  }

  /**
   * Looks at some offsets, which must lie before the end of what is committed.
   *
   * @param deadline when to stop, by {@link System#nanoTime}
   * @return the offset up to which it has looked
   */
  long look(OffsetRange range, long deadline, Finder finder) {
    TopicPartition at = new TopicPartition(topic, range.partition());
    consumer.assign(List.of(at));
    consumer.seek(at, range.from());
    long done = range.from();
    while (done < range.to() && System.nanoTime() < deadline) {
      try {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          if (record.offset() < range.to()) {
            nothing(range.partition(), done, record.offset(), finder);
            finder.record(record);
            done = record.offset() + 1;
          }
        }
        long position = Math.min(range.to(), consumer.position(at));
        nothing(range.partition(), done, position, finder);
        done = Math.max(done, position);
      } catch (OffsetOutOfRangeException e) {
        long first = consumer.beginningOffsets(List.of(at)).getOrDefault(at, range.to());
        finder.deleted(range.partition(), first);
        if (first <= done || first >= range.to()) {
          return range.to();
        }
        consumer.seek(at, first);
        done = first;
      }
    }
    return done;
  }

  private static void nothing(int partition, long from, long to, Finder finder) {
    if (from < to) {
      finder.nothing(new OffsetRange(partition, from, to));
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
