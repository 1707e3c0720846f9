package org.perceiveir.streams.service;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.StageTimings;
import org.perceiveir.schemas.serde.ConfluentAvroSerde;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.config.ServiceConfig;

/** Writes telemetry and commits offsets without any transaction, as one must not. */
final class NaiveService implements AutoCloseable {
  private final ServiceConfig config;
  private final KafkaProducer<byte[], byte[]> producer;
  private final ConfluentAvroSerde<FrameTelemetry> serde;

  NaiveService(ServiceConfig config) {
    this.config = config;
    this.producer = new KafkaProducer<>(ClientSettings.producer(config));
    this.serde = ConfluentAvroSerde.forValue(FrameTelemetry.class, config.serdeSettings());
  }

  void tell(long offset, FrameOutcome outcome) throws ExecutionException, InterruptedException {
    FrameTelemetry telemetry = new FrameTelemetry();
    telemetry.setInputTopic(config.inputTopic());
    telemetry.setInputPartition(0);
    telemetry.setInputOffset(offset);
    telemetry.setOutcome(outcome);
    telemetry.setTimings(new StageTimings(null, null, null, null));
    telemetry.setProcessedTimeMicros(0L);
    byte[] value = serde.serializer().serialize(config.telemetryTopic(), telemetry);
    producer
        .send(new ProducerRecord<>(config.telemetryTopic(), "cam".getBytes(UTF_8), value))
        .get();
  }

  void commit(long offset) throws ExecutionException, InterruptedException {
    try (Admin admin = Admin.create(ClientSettings.admin(config))) {
      admin
          .alterConsumerGroupOffsets(
              config.applicationId(),
              Map.of(new TopicPartition(config.inputTopic(), 0), new OffsetAndMetadata(offset)))
          .all()
          .get();
    }
  }

  @Override
  public void close() {
    producer.close();
    serde.close();
  }
}
