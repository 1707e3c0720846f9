package org.perceiveir.streams.faults;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.topology.BadFrames;
import org.perceiveir.streams.topology.BadFrames.BadFrame;
import org.perceiveir.streams.topology.DeadLetterReason;

/** A source that sends nothing but poison, over all partitions. */
final class PoisonSource {
  private PoisonSource() {}

  /** Every kind of poison that the input topic takes. */
  static List<BadFrame> fitting(ServiceConfig config) {
    return BadFrames.all(config.inputTopic(), config.serdeSettings()).stream()
        .filter(
            bad -> {
              byte[] value = bad.value();
              return value == null || value.length <= config.inputRecordMaxBytes() - 1024;
            })
        .toList();
  }

  /**
   * Sends.
   *
   * @param sent gets the place of each with its reason
   */
  static void send(
      ServiceConfig config,
      List<BadFrame> poison,
      Map<TopicPartition, Map<Long, DeadLetterReason>> sent)
      throws ExecutionException, InterruptedException {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(ClientSettings.producer(config))) {
      int partitions = producer.partitionsFor(config.inputTopic()).size();
      for (int i = 0; i < poison.size(); i++) {
        BadFrame bad = poison.get(i);
        RecordMetadata at =
            producer
                .send(new ProducerRecord<>(config.inputTopic(), i % partitions, null, bad.value()))
                .get();
        sent.computeIfAbsent(
                new TopicPartition(at.topic(), at.partition()), partition -> new HashMap<>())
            .put(at.offset(), bad.reason());
      }
    }
  }
}
