package org.perceiveir.streams.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Optional;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.avro.Frame;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.serde.ConfluentAvroSerde;
import org.perceiveir.streams.config.ServiceConfig;

/**
 * Tells the source of an input record, by the rule that the service keys its telemetry with: the
 * source in the frame if the value can be read, else the record's key, else {@value #UNKNOWN}.
 * Thread-safe.
 */
public final class SourceReader {
  /** Source of a record that names none. */
  public static final String UNKNOWN = "unknown";

  /**
   * Most characters of a source's id, as many as a topic's name may have: the id is a key, part of
   * every record of the frame.
   */
  public static final int MAX_SOURCE_ID = 249;

  private static final int MAX_KEY_BYTES = 1024;

  private final Deserializer<Frame> deserializer;
  private final String topic;

  private SourceReader(Deserializer<Frame> deserializer, String topic) {
    this.deserializer = deserializer;
    this.topic = topic;
  }

  /** A reader of the input records of a configuration. */
  public static SourceReader of(ServiceConfig config) {
    return new SourceReader(
        ConfluentAvroSerde.forValue(Frame.class, config.serdeSettings()).deserializer(),
        config.inputTopic());
  }

  /**
   * The source of a record.
   *
   * @throws org.perceiveir.schemas.serde.RegistryUnavailableException if no registry answers
   * @throws org.perceiveir.schemas.serde.RegistryRefusedException if the registry refuses us
   */
  public String source(byte @Nullable [] key, byte @Nullable [] value) {
    return identity(value)
        .map(FrameIdentity::getSourceId)
        .filter(id -> !id.isEmpty() && id.length() <= MAX_SOURCE_ID)
        .orElseGet(() -> ofKey(key));
  }

  /**
   * The identity in a value; empty if it is no frame.
   *
   * @throws org.perceiveir.schemas.serde.RegistryUnavailableException if no registry answers
   * @throws org.perceiveir.schemas.serde.RegistryRefusedException if the registry refuses us
   */
  public Optional<FrameIdentity> identity(byte @Nullable [] value) {
    return frame(value).map(Frame::getIdentity);
  }

  /** The frame in a value; empty if it is none. Errors as above. */
  public Optional<Frame> frame(byte @Nullable [] value) {
    if (value == null || value.length == 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(deserializer.deserialize(topic, value));
    } catch (SerializationException e) {
      return Optional.empty();
    }
  }

  /** The source of a record whose value says nothing. */
  public static String ofKey(byte @Nullable [] key) {
    return key == null || key.length > MAX_KEY_BYTES ? UNKNOWN : new String(key, UTF_8);
  }
}
