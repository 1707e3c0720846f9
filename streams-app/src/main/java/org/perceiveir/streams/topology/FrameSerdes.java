package org.perceiveir.streams.topology;

import java.util.Map;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.perceiveir.schemas.avro.Frame;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.RestoredFrame;
import org.perceiveir.schemas.serde.ConfluentAvroSerde;

/**
 * What the topology reads and writes, as bytes. Thread-safe.
 *
 * @param frames reads the values of the input topic
 * @param restored writes the values of the restored topic
 * @param telemetry writes the values of the telemetry topic
 */
public record FrameSerdes(
    Deserializer<Frame> frames,
    Serializer<RestoredFrame> restored,
    Serializer<FrameTelemetry> telemetry) {

  /**
   * Avro in Confluent's wire format.
   *
   * @param settings Confluent's keys, at least {@code schema.registry.url}
   */
  public static FrameSerdes confluent(Map<String, ?> settings) {
    return new FrameSerdes(
        ConfluentAvroSerde.forValue(Frame.class, settings).deserializer(),
        ConfluentAvroSerde.forValue(RestoredFrame.class, settings).serializer(),
        ConfluentAvroSerde.forValue(FrameTelemetry.class, settings).serializer());
  }
}
