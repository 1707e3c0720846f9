package org.perceiveir.schemas.serde;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DatumWriter;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.serde.SchemaRegistryClient.RegisteredSchema;

/**
 * Writes a generated record as {@code 0x00}, the schema's id as a big-endian int32, and Avro
 * binary. Thread-safe once configured.
 *
 * @param <T> the generated class
 */
public final class ConfluentAvroSerializer<T extends SpecificRecord> implements Serializer<T> {
  static final byte MAGIC = 0;
  static final int PREFIX_BYTES = 5;

  /** Records of one topic have about the same size, so the last size saves growing the buffer. */
  private static final int MAX_SIZE_HINT = 16 << 20;

  private final Schema schema;
  private final DatumWriter<T> writer;
  private @Nullable Registration registration;
  private volatile int sizeHint = 512;

  /**
   * A serializer that {@link #configure} must prepare.
   *
   * @param type the generated class
   */
  public ConfluentAvroSerializer(Class<T> type) {
    AvroTrust.install();
    SpecificData model = SpecificData.getForClass(type);
    schema = model.getSchema(type);
    writer = new SpecificDatumWriter<>(schema, model);
  }

  @Override
  public void configure(Map<String, ?> configs, boolean isKey) {
    ConfluentAvroConfig config = new ConfluentAvroConfig(configs);
    use(new SchemaRegistryClient(config), config, isKey);
  }

  void use(SchemaRegistryClient registry, ConfluentAvroConfig config, boolean isKey) {
    registration = new Registration(registry, config, isKey);
  }

  /**
   * Writes one record.
   *
   * @return the bytes; null for a null record
   * @throws SerializationException if the record lacks a field that has no default
   * @throws RegistryUnavailableException if the schema's id is not known yet and no registry
   *     answers
   * @throws RegistryRefusedException if the registry rejects the schema
   */
  @Override
  @SuppressWarnings("NullAway") // Kafka's own signature is not annotated: null in, null out.
  public byte[] serialize(String topic, @Nullable T data) {
    if (data == null) {
      return null;
    }
    Registration current = registration;
    if (current == null) {
      throw new IllegalStateException(
          "Call configure with " + ConfluentAvroConfig.SCHEMA_REGISTRY_URL + " first");
    }
    RegisteredSchema target = current.schemaFor(topic);
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream(sizeHint);
      writePrefix(out, target.id());
      BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
      if (target.schema().equals(schema)) {
        writer.write(data, encoder);
      } else {
        writeAs(target.schema(), data, encoder);
      }
      encoder.flush();
      sizeHint = Math.min(MAX_SIZE_HINT, out.size() + 64);
      return out.toByteArray();
    } catch (IOException | RuntimeException e) {
      throw new SerializationException(
          "Cannot write a " + schema.getFullName() + " for the topic " + topic + ": " + e, e);
    }
  }

  private static void writePrefix(ByteArrayOutputStream out, int id) {
    out.write(MAGIC);
    out.write(id >>> 24);
    out.write(id >>> 16);
    out.write(id >>> 8);
    out.write(id);
  }

  /** By way of our own schema, since a generated class knows only its own field positions. */
  private void writeAs(Schema latest, T data, BinaryEncoder encoder) throws IOException {
    ByteArrayOutputStream ours = new ByteArrayOutputStream(sizeHint);
    BinaryEncoder own = EncoderFactory.get().directBinaryEncoder(ours, null);
    writer.write(data, own);
    own.flush();
    Object resolved =
        new GenericDatumReader<>(schema, latest)
            .read(null, DecoderFactory.get().binaryDecoder(ours.toByteArray(), null));
    new GenericDatumWriter<>(latest).write(resolved, encoder);
  }

  /** Which schema, with which id, each topic's records are written with. */
  private final class Registration {
    private final SchemaRegistryClient registry;
    private final boolean isKey;
    private final boolean register;
    private final boolean useLatest;
    private final boolean normalize;
    private final SubjectNameStrategy strategy;
    private final Map<String, RegisteredSchema> byTopic = new ConcurrentHashMap<>();

    Registration(SchemaRegistryClient registry, ConfluentAvroConfig config, boolean isKey) {
      this.registry = registry;
      this.isKey = isKey;
      register = config.getBoolean(ConfluentAvroConfig.AUTO_REGISTER_SCHEMAS);
      useLatest = config.getBoolean(ConfluentAvroConfig.USE_LATEST_VERSION);
      normalize = config.getBoolean(ConfluentAvroConfig.NORMALIZE_SCHEMAS);
      strategy = config.subjectNameStrategy(isKey);
    }

    RegisteredSchema schemaFor(String topic) {
      // Not computeIfAbsent: it would hold the map's lock during a call that may take seconds.
      RegisteredSchema known = byTopic.get(topic);
      if (known == null) {
        known = ask(strategy.subject(topic, isKey, schema));
        byTopic.put(topic, known);
      }
      return known;
    }

    private RegisteredSchema ask(String subject) {
      if (useLatest) {
        return registry.latest(subject);
      }
      return new RegisteredSchema(
          register
              ? registry.register(subject, schema, normalize)
              : registry.lookUp(subject, schema, normalize),
          schema);
    }
  }
}
