package org.perceiveir.schemas.serde;

import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Avro records in Confluent's wire format, with the schemas in a Confluent-compatible registry.
 * Configured with the keys of {@link ConfluentAvroConfig}; thread-safe once configured.
 *
 * <p>Three exceptions mean three different things:
 *
 * <ul>
 *   <li>{@link org.apache.kafka.common.errors.SerializationException}: this record is bad.
 *   <li>{@link RegistryUnavailableException}: no registry answered; the same record may be fine.
 *   <li>{@link RegistryRefusedException}: the registry said no; a configuration is wrong.
 * </ul>
 *
 * @param <T> the generated class
 */
public final class ConfluentAvroSerde<T extends SpecificRecord> implements Serde<T> {
  private final ConfluentAvroSerializer<T> serializer;
  private final ConfluentAvroDeserializer<T> deserializer;

  /**
   * A serde that {@link #configure} must prepare.
   *
   * @param type the generated class
   */
  public ConfluentAvroSerde(Class<T> type) {
    serializer = new ConfluentAvroSerializer<>(type);
    deserializer = new ConfluentAvroDeserializer<>(type);
  }

  /**
   * A serde for record values, ready for use.
   *
   * @param type the generated class
   * @param configs at least {@code schema.registry.url}; unknown keys are ignored
   */
  public static <T extends SpecificRecord> ConfluentAvroSerde<T> forValue(
      Class<T> type, Map<String, ?> configs) {
    ConfluentAvroSerde<T> serde = new ConfluentAvroSerde<>(type);
    serde.configure(configs, false);
    return serde;
  }

  /**
   * A serde for record keys, ready for use.
   *
   * @param type the generated class
   * @param configs at least {@code schema.registry.url}; unknown keys are ignored
   */
  public static <T extends SpecificRecord> ConfluentAvroSerde<T> forKey(
      Class<T> type, Map<String, ?> configs) {
    ConfluentAvroSerde<T> serde = new ConfluentAvroSerde<>(type);
    serde.configure(configs, true);
    return serde;
  }

  @Override
  public void configure(Map<String, ?> configs, boolean isKey) {
    ConfluentAvroConfig config = new ConfluentAvroConfig(configs);
    SchemaRegistryClient registry = new SchemaRegistryClient(config);
    serializer.use(registry, config, isKey);
    deserializer.use(registry::byId);
  }

  @Override
  public Serializer<T> serializer() {
    return serializer;
  }

  @Override
  public Deserializer<T> deserializer() {
    return deserializer;
  }
}
