package org.perceiveir.streams.client;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.Serializer;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.schemas.avro.ExternalPayload;
import org.perceiveir.schemas.avro.Frame;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.serde.ConfluentAvroSerde;
import org.perceiveir.streams.config.ServiceConfig;

/**
 * Publishes frames into the input topic, keyed by their source, with an idempotent producer that
 * waits for all replicas. Thread-safe.
 *
 * <p>Within one source and epoch call with growing sequences from one thread: the order of the
 * calls is the order in the topic.
 */
public final class FramePublisher implements AutoCloseable {
  private final Producer<byte[], byte[]> producer;
  private final Serializer<Frame> serializer;
  private final String topic;
  private final int frameMaxBytes;

  private FramePublisher(
      Producer<byte[], byte[]> producer,
      Serializer<Frame> serializer,
      String topic,
      int frameMaxBytes) {
    this.producer = producer;
    this.serializer = serializer;
    this.topic = topic;
    this.frameMaxBytes = frameMaxBytes;
  }

  /** Connects to the brokers and the registry of a configuration. */
  public static FramePublisher open(ServiceConfig config) {
    return new FramePublisher(
        new KafkaProducer<>(ClientSettings.producer(config)),
        ConfluentAvroSerde.forValue(Frame.class, config.serdeSettings()).serializer(),
        config.inputTopic(),
        config.frameMaxBytes());
  }

  /**
   * Encodes and publishes a frame.
   *
   * @param identity source, epoch, sequence and capture time of the frame
   * @param image the pixels
   * @param encoding how to encode them
   * @return where the frame stands, once all replicas have it; fails if they do not
   * @throws IllegalArgumentException if the encoded frame exceeds {@code frame.max.bytes}
   */
  public CompletableFuture<RecordMetadata> publish(
      FrameIdentity identity, RgbImage image, FrameEncoding encoding) {
    byte[] encoded = ImageEncoder.encode(image, ImageFormat.valueOf(encoding.name()));
    return publishEncoded(identity, image.width(), image.height(), encoding, encoded, Map.of());
  }

  /**
   * Publishes a frame that is encoded already.
   *
   * @param identity source, epoch, sequence and capture time of the frame
   * @param width pixels of the upright image
   * @param height pixels of the upright image
   * @param encoding how it is encoded
   * @param encoded the encoded pixels
   * @param attributes annotations that the restored frame will carry too
   * @return where the frame stands, once all replicas have it; fails if they do not
   * @throws IllegalArgumentException if the encoded frame exceeds {@code frame.max.bytes}
   */
  public CompletableFuture<RecordMetadata> publishEncoded(
      FrameIdentity identity,
      int width,
      int height,
      FrameEncoding encoding,
      byte[] encoded,
      Map<String, String> attributes) {
    return publishEncoded(identity, width, height, encoding, encoded, attributes, Map.of());
  }

  /**
   * As above, with headers of the record such as {@link
   * org.perceiveir.streams.header.FrameHeaders#PRIORITY}.
   *
   * @param headers names and values, written as UTF-8
   */
  public CompletableFuture<RecordMetadata> publishEncoded(
      FrameIdentity identity,
      int width,
      int height,
      FrameEncoding encoding,
      byte[] encoded,
      Map<String, String> attributes,
      Map<String, String> headers) {
    checkSize(identity, encoded.length);
    return send(
        new Frame(identity, width, height, encoding, ByteBuffer.wrap(encoded), attributes),
        headers);
  }

  /**
   * Publishes a frame whose encoded pixels are stored outside Kafka already.
   *
   * @param identity source, epoch, sequence and capture time of the frame
   * @param width pixels of the upright image
   * @param height pixels of the upright image
   * @param encoding how it is encoded
   * @param reference where it is stored
   * @param attributes annotations that the restored frame will carry too
   * @param headers names and values, written as UTF-8
   * @return where the frame stands, once all replicas have it; fails if they do not
   * @throws IllegalArgumentException if the encoded frame exceeds {@code frame.max.bytes}
   */
  public CompletableFuture<RecordMetadata> publishReference(
      FrameIdentity identity,
      int width,
      int height,
      FrameEncoding encoding,
      ExternalPayload reference,
      Map<String, String> attributes,
      Map<String, String> headers) {
    checkSize(identity, reference.getSizeBytes());
    return send(new Frame(identity, width, height, encoding, reference, attributes), headers);
  }

  private void checkSize(FrameIdentity identity, long bytes) {
    if (bytes > frameMaxBytes) {
      throw new IllegalArgumentException(
          "frame "
              + identity.getSequence()
              + " of "
              + identity.getSourceId()
              + " has "
              + bytes
              + " bytes, above "
              + ServiceConfig.FRAME_MAX_BYTES
              + "="
              + frameMaxBytes
              + "; raise it here and in the service, or encode as jpeg");
    }
  }

  private CompletableFuture<RecordMetadata> send(Frame frame, Map<String, String> headers) {
    byte[] key = frame.getIdentity().getSourceId().getBytes(StandardCharsets.UTF_8);
    byte[] value = serializer.serialize(topic, frame);
    ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, key, value);
    headers.forEach((n, v) -> record.headers().add(n, v.getBytes(StandardCharsets.UTF_8)));
    CompletableFuture<RecordMetadata> published = new CompletableFuture<>();
    // Its own future tells the same as the callback.
    Future<RecordMetadata> unused =
        producer.send(
            record,
            (metadata, failure) -> {
              if (failure == null) {
                published.complete(metadata);
              } else {
                published.completeExceptionally(failure);
              }
            });
    return published;
  }

  /** Waits until everything published so far has arrived or failed. */
  public void flush() {
    producer.flush();
  }

  /** Sends what is left and closes the producer. */
  @Override
  public void close() {
    producer.close();
  }
}
