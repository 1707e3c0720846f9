package org.perceiveir.streams.aggregates;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.avro.AvroRuntimeException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.avro.SourceState;
import org.perceiveir.schemas.serde.AvroTrust;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state of a source in Avro's single-object encoding: no registry is asked, and the fingerprint
 * of its schema tells the state of another version apart.
 *
 * <p>What cannot be read is taken for absent, so that after a change of the schema, or back to an
 * older version, a source begins anew: one window is incomplete, and an alert that held is raised
 * again. A version that wants to go on instead adds the old schema to the decoder.
 */
final class SourceStateSerde implements Serde<SourceState> {
  private static final Logger log = LoggerFactory.getLogger(SourceStateSerde.class);

  private boolean told;

  SourceStateSerde() {
    AvroTrust.install();
  }

  @Override
  public Serializer<SourceState> serializer() {
    return (topic, state) -> state == null ? null : encode(state);
  }

  private static byte[] encode(SourceState state) {
    try {
      ByteBuffer encoded = state.toByteBuffer();
      byte[] bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Deserializer<SourceState> deserializer() {
    return (topic, bytes) -> bytes == null ? null : decode(bytes);
  }

  private @Nullable SourceState decode(byte[] bytes) {
    try {
      return SourceState.getDecoder().decode(bytes);
    } catch (IOException | AvroRuntimeException e) {
      if (!told) {
        told = true;
        log.warn(
            "the aggregates' state is of another version ({}); sources begin anew", e.toString());
      }
      return null;
    }
  }
}
