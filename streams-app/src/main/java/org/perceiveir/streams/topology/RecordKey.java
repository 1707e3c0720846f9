package org.perceiveir.streams.topology;

import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.jspecify.annotations.Nullable;

/**
 * The key of an input record; never null itself, since the table of the commit barrier drops
 * records without a key.
 *
 * @param bytes the key's bytes, or null if the record has none
 */
@SuppressWarnings("ArrayRecordComponent") // never compared: only a carrier
record RecordKey(byte @Nullable [] bytes) {
  /** The key of a record without a key. */
  static final RecordKey NONE = new RecordKey(null);

  private static final byte[] BARRIER = {0};

  /** Reads keys of input records. */
  static Deserializer<RecordKey> reader() {
    return (topic, bytes) -> bytes == null ? NONE : new RecordKey(bytes);
  }

  /** Every key is the same to the barrier: a task has one entry in its table, whatever its keys. */
  static Serde<RecordKey> barrierSerde() {
    return Serdes.serdeFrom((topic, key) -> BARRIER, (topic, bytes) -> NONE);
  }
}
