package org.perceiveir.streams.inspect;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.perceiveir.streams.client.TopicScan;
import org.perceiveir.streams.config.ServiceConfig;

/** The last committed records of a topic. */
public final class TopicTail {
  private static final Comparator<ConsumerRecord<byte[], byte[]>> BY_TIME =
      Comparator.<ConsumerRecord<byte[], byte[]>>comparingLong(ConsumerRecord::timestamp)
          .thenComparingInt(ConsumerRecord::partition)
          .thenComparingLong(ConsumerRecord::offset);

  private TopicTail() {}

  /** As below, of all records. */
  public static List<ConsumerRecord<byte[], byte[]>> read(
      ServiceConfig config, String topic, int count) {
    return read(config, topic, count, record -> true);
  }

  /**
   * Reads the last records over all partitions, oldest first. The heap holds no more than these. If
   * few are wanted of many, the whole topic is looked through.
   *
   * @param count most records to return
   * @param wanted which ones; called once for each record that is looked at
   * @throws org.apache.kafka.common.KafkaException if the brokers do not answer or there is no such
   *     topic
   */
  public static List<ConsumerRecord<byte[], byte[]>> read(
      ServiceConfig config,
      String topic,
      int count,
      Predicate<ConsumerRecord<byte[], byte[]>> wanted) {
    PriorityQueue<ConsumerRecord<byte[], byte[]>> latest = new PriorityQueue<>(BY_TIME);
    try (TopicScan scan = TopicScan.open(config, topic)) {
      for (int partition : scan.ends().keySet()) {
        long begin = scan.begins().getOrDefault(partition, 0L);
        long to = scan.ends().getOrDefault(partition, 0L);
        int[] found = {0};
        // Markers and aborted records take offsets: go back further until there are enough.
        for (long window = count; to > begin && found[0] < count; window *= 4) {
          long from = Math.max(begin, to - window);
          scan.range(
              partition,
              from,
              to,
              record -> {
                if (wanted.test(record)) {
                  found[0]++;
                  latest.add(record);
                  if (latest.size() > count) {
                    latest.remove();
                  }
                }
                return true;
              });
          to = from;
        }
      }
    }
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>(latest);
    records.sort(BY_TIME);
    return records;
  }
}
