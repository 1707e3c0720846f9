package org.perceiveir.streams.inspect;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.avro.ExternalPayload;
import org.perceiveir.schemas.serde.ConfluentGenericReader;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.payload.PayloadException;
import org.perceiveir.streams.payload.PayloadReader;

/** Reads records of any topic by the schema of their writer. Thread-safe. */
public final class RecordReader implements AutoCloseable {
  private final ConfluentGenericReader reader;
  private final @Nullable PayloadReader payloads;
  private final String why;

  private RecordReader(
      ConfluentGenericReader reader, @Nullable PayloadReader payloads, String why) {
    this.reader = reader;
    this.payloads = payloads;
    this.why = why;
  }

  /** A reader with the registry of a configuration; leaves images that are not in their record. */
  public static RecordReader of(ServiceConfig config) {
    return new RecordReader(
        ConfluentGenericReader.of(config.serdeSettings()), null, "not read unless it is saved");
  }

  /**
   * A reader that also fetches images which are stored outside Kafka, from where the configuration
   * allows it.
   */
  public static RecordReader withPayloads(ServiceConfig config) {
    ConfluentGenericReader records = ConfluentGenericReader.of(config.serdeSettings());
    try {
      return new RecordReader(records, PayloadReader.ofInputAndOutput(config), "");
    } catch (ConfigurationException e) {
      // Records can be looked at on a machine that lacks the directories.
      return new RecordReader(records, null, e.getMessage() + "");
    }
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
      return InspectedRecord.of(record, read.schema().getFullName(), read.value(), this::fetch);
    } catch (SerializationException e) {
      return InspectedRecord.noAvro(record, "no Avro: " + e.getMessage());
    }
  }

  /** Whether a filter takes a record; its image is not looked at. Errors as above. */
  public boolean matches(RecordFilter filter, ConsumerRecord<byte[], byte[]> record) {
    return filter.equals(RecordFilter.ALL) || filter.takes(record, value(record));
  }

  private @Nullable Object value(ConsumerRecord<byte[], byte[]> record) {
    byte[] value = record.value();
    if (value == null) {
      return null;
    }
    try {
      return reader.read(record.topic(), value).value();
    } catch (SerializationException e) {
      return null;
    }
  }

  private byte[] fetch(ExternalPayload reference) throws PayloadException {
    if (payloads == null) {
      throw new PayloadException(PayloadException.Reason.UNREACHABLE, why);
    }
    return payloads.read(reference);
  }

  /** Ends the threads that fetch. */
  @Override
  public void close() {
    if (payloads != null) {
      payloads.close();
    }
  }
}
