package org.perceiveir.streams.inspect;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.perceiveir.schemas.serde.ConfluentGenericReader;
import org.perceiveir.streams.config.ServiceConfig;

/** Reads records of any topic by the schema of their writer. Thread-safe. */
public final class RecordReader {
  private final ConfluentGenericReader reader;

  private RecordReader(ConfluentGenericReader reader) {
    this.reader = reader;
  }

  /** A reader with the registry of a configuration. */
  public static RecordReader of(ServiceConfig config) {
    return new RecordReader(ConfluentGenericReader.of(config.serdeSettings()));
  }

  /**
   * What a record says.
   *
   * @throws org.perceiveir.schemas.serde.RegistryUnavailableException if no registry answers
   * @throws org.perceiveir.schemas.serde.RegistryRefusedException if the registry refuses us
   */
  public InspectedRecord read(ConsumerRecord<byte[], byte[]> record) {
    byte[] value = record.value();
    if (value == null) {
      return InspectedRecord.noAvro(record, "no value");
    }
    try {
      ConfluentGenericReader.Read read = reader.read(record.topic(), value);
      return InspectedRecord.of(record, read.schema().getFullName(), read.value());
    } catch (SerializationException e) {
      return InspectedRecord.noAvro(record, "no Avro: " + e.getMessage());
    }
  }
}
