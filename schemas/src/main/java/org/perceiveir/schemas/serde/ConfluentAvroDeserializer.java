package org.perceiveir.schemas.serde;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link ConfluentAvroSerializer}, or any other serializer with Confluent's wire format,
 * wrote. The schema that the record names is resolved to the one that the generated class was made
 * from, so older and newer writers are read as Avro's rules allow. Thread-safe once configured.
 *
 * <p>Hostile bytes cost little more memory than they have: Avro checks each length against the
 * bytes that remain before it allocates, and {@link BoundedReader} limits the number of small
 * objects.
 *
 * @param <T> the generated class
 */
public final class ConfluentAvroDeserializer<T extends SpecificRecord> implements Deserializer<T> {
  /** Bound of the cache, as in {@link SchemaRegistryClient}. */
  private static final int MAX_CACHED_READERS = 1_000;

  private final SpecificData model;
  private final Schema schema;
  private final Map<Integer, DatumReader<T>> readers = new ConcurrentHashMap<>();
  private @Nullable IntFunction<Schema> registry;

  /**
   * A deserializer that {@link #configure} must prepare.
   *
   * @param type the generated class
   */
  public ConfluentAvroDeserializer(Class<T> type) {
    AvroTrust.install();
    model = BoundedReader.model(type);
    schema = model.getSchema(type);
  }

  @Override
  public void configure(Map<String, ?> configs, boolean isKey) {
    use(new SchemaRegistryClient(new ConfluentAvroConfig(configs))::byId);
  }

  /** Takes writers' schemas, by their id, from {@code client}. */
  void use(IntFunction<Schema> client) {
    registry = client;
  }

  /**
   * Reads one record.
   *
   * @return the record; null for null bytes
   * @throws SerializationException if the bytes are poison: no prefix, an id that the registry does
   *     not know, a schema that cannot be read as ours, a record that ends early or late
   * @throws RegistryUnavailableException if the writer's schema is not known yet and no registry
   *     answers; the record may be sound
   * @throws RegistryRefusedException if the registry rejects the request itself
   */
  @Override
  @SuppressWarnings("NullAway") // Kafka's own signature is not annotated: null in, null out.
  public T deserialize(String topic, byte @Nullable [] data) {
    if (data == null) {
      return null;
    }
    IntFunction<Schema> current = registry;
    if (current == null) {
      throw new IllegalStateException(
          "Call configure with " + ConfluentAvroConfig.SCHEMA_REGISTRY_URL + " first");
    }
    DatumReader<T> reader = reader(current, schemaId(topic, data));
    BinaryDecoder decoder =
        DecoderFactory.get()
            .binaryDecoder(
                data,
                ConfluentAvroSerializer.PREFIX_BYTES,
                data.length - ConfluentAvroSerializer.PREFIX_BYTES,
                null);
    boolean complete;
    T record;
    try {
      record = reader.read(null, decoder);
      complete = decoder.isEnd();
    } catch (IOException | RuntimeException e) {
      throw new SerializationException(
          "The record of the topic " + topic + " is not a " + schema.getFullName() + ": " + e, e);
    }
    if (!complete) {
      throw new SerializationException(
          "The record of the topic "
              + topic
              + " goes on after the end of its "
              + schema.getFullName());
    }
    return record;
  }

  static int schemaId(String topic, byte[] data) {
    if (data.length < ConfluentAvroSerializer.PREFIX_BYTES) {
      throw new SerializationException(
          "The record of the topic "
              + topic
              + " has "
              + data.length
              + " bytes, fewer than the "
              + ConfluentAvroSerializer.PREFIX_BYTES
              + " of the magic byte and the schema id");
    }
    if (data[0] != ConfluentAvroSerializer.MAGIC) {
      throw new SerializationException(
          "The record of the topic "
              + topic
              + " starts with the byte "
              + data[0]
              + "; Confluent's wire format starts with 0. Was it written without a registry serde?");
    }
    int id = ByteBuffer.wrap(data, 1, 4).getInt();
    if (id < 0) {
      throw new SerializationException(
          "The record of the topic " + topic + " names the negative schema id " + id);
    }
    return id;
  }

  private DatumReader<T> reader(IntFunction<Schema> client, int id) {
    DatumReader<T> known = readers.get(id);
    if (known == null) {
      known = new BoundedReader<>(client.apply(id), schema, model);
      if (readers.size() >= MAX_CACHED_READERS) {
        readers.clear();
      }
      readers.put(id, known);
    }
    return known;
  }
}
