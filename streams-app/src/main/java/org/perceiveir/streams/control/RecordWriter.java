package org.perceiveir.streams.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.serde.ConfluentAvroSerde;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.config.ServiceConfig;

/**
 * Writes single records and waits for each until all replicas have it, for 15 s at most.
 *
 * @param <T> the generated class of the values
 */
final class RecordWriter<T extends SpecificRecord> implements AutoCloseable {
  private static final int REQUEST_MS = 10_000;
  private static final int DELIVERY_MS = 15_000;

  private final Producer<byte[], byte[]> producer;
  private final Serializer<T> serializer;
  private final String topic;

  RecordWriter(Producer<byte[], byte[]> producer, Serializer<T> serializer, String topic) {
    this.producer = producer;
    this.serializer = serializer;
    this.topic = topic;
  }

  static <V extends SpecificRecord> RecordWriter<V> open(
      ServiceConfig config, Class<V> type, String topic) {
    Map<String, Object> settings = ClientSettings.producer(config);
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, REQUEST_MS);
    settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_MS);
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DELIVERY_MS);
    return new RecordWriter<>(
        new KafkaProducer<>(settings),
        ConfluentAvroSerde.forValue(type, config.serdeSettings()).serializer(),
        topic);
  }

  /**
   * Writes a record.
   *
   * @param value null deletes the key's record
   * @throws KafkaException if it cannot be written
   */
  void write(String key, @Nullable T value) {
    byte[] bytes = value == null ? null : serializer.serialize(topic, value);
    try {
      producer
          .send(new ProducerRecord<>(topic, key.getBytes(UTF_8), bytes))
          .get(REQUEST_MS + DELIVERY_MS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new KafkaException(
          "topic " + topic + " cannot be written: " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new KafkaException("topic " + topic + " cannot be written in time", e);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  @Override
  public void close() {
    producer.close(java.time.Duration.ZERO);
  }
}
