package org.perceiveir.schemas.serde;

import java.io.IOException;
import java.util.Map;
import java.util.function.IntFunction;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.Decoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.common.errors.SerializationException;

/**
 * Reads records in Confluent's wire format by the schema that they were written with, whatever it
 * is: for tools that show what is there. Thread-safe.
 *
 * <p>Hostile bytes are bounded as in {@link ConfluentAvroDeserializer}.
 */
public final class ConfluentGenericReader {
  private final IntFunction<Schema> registry;

  ConfluentGenericReader(IntFunction<Schema> registry) {
    this.registry = registry;
  }

  /**
   * A reader, ready for use.
   *
   * @param configs at least {@code schema.registry.url}; unknown keys are ignored
   */
  public static ConfluentGenericReader of(Map<String, ?> configs) {
    return new ConfluentGenericReader(
        new SchemaRegistryClient(new ConfluentAvroConfig(configs))::byId);
  }

  /**
   * A record and the schema that it was written with.
   *
   * @param schema the writer's schema
   * @param value what Avro's generic reader makes of it, such as a {@link
   *     org.apache.avro.generic.GenericRecord}
   */
  public record Read(Schema schema, Object value) {}

  /**
   * Reads one record.
   *
   * @param topic its topic, for messages
   * @throws SerializationException if the bytes are no such record
   * @throws RegistryUnavailableException if no registry answers
   * @throws RegistryRefusedException if the registry rejects the request itself
   */
  public Read read(String topic, byte[] data) {
    Schema schema = registry.apply(ConfluentAvroDeserializer.schemaId(topic, data));
    BinaryDecoder decoder =
        DecoderFactory.get()
            .binaryDecoder(
                data,
                ConfluentAvroSerializer.PREFIX_BYTES,
                data.length - ConfluentAvroSerializer.PREFIX_BYTES,
                null);
    Object value;
    boolean complete;
    try {
      value = new Bounded(schema, data.length).read(null, decoder);
      complete = decoder.isEnd();
    } catch (IOException | RuntimeException e) {
      throw new SerializationException(
          "The record of the topic " + topic + " is not a " + schema.getFullName() + ": " + e, e);
    }
    if (!complete || value == null) {
      throw new SerializationException(
          "The record of the topic " + topic + " does not end with its " + schema.getFullName());
    }
    return new Read(schema, value);
  }

  private static final class Bounded extends GenericDatumReader<Object> {
    private final int recordBytes;

    Bounded(Schema schema, int recordBytes) {
      super(schema, schema, model());
      this.recordBytes = recordBytes;
    }

    /** A model of its own: Avro's fast reader does not call the methods below. */
    private static GenericData model() {
      GenericData model = new GenericData();
      model.setFastReaderEnabled(false);
      return model;
    }

    @Override
    protected Object readFixed(Object old, Schema expected, Decoder in) throws IOException {
      // Avro would allocate what the schema, which may be a stranger's, says.
      if (expected.getFixedSize() > recordBytes) {
        throw new AvroRuntimeException(
            "a value of "
                + expected.getFixedSize()
                + " bytes in a record of "
                + recordBytes
                + " bytes");
      }
      return super.readFixed(old, expected, in);
    }

    @Override
    protected void addToMap(Object map, Object key, Object value) {
      BoundedReader.checkRoom(map);
      super.addToMap(map, key, value);
    }

    @Override
    protected void addToArray(Object array, long position, Object element) {
      BoundedReader.checkRoom(array);
      super.addToArray(array, position, element);
    }
  }
}
