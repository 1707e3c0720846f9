package org.perceiveir.streams.aggregates;

import java.util.Map;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.QualityAlert;
import org.perceiveir.schemas.avro.SourceTelemetry;
import org.perceiveir.schemas.serde.ConfluentAvroSerde;

/**
 * What the aggregates read and write, as bytes. Thread-safe.
 *
 * @param frames reads the telemetry of frames
 * @param sources writes the telemetry of sources
 * @param alerts writes the alerts
 */
record AggregateSerdes(
    Deserializer<FrameTelemetry> frames,
    Serializer<SourceTelemetry> sources,
    Serializer<QualityAlert> alerts) {

  /**
   * Avro in Confluent's wire format.
   *
   * @param settings Confluent's keys, at least {@code schema.registry.url}
   */
  static AggregateSerdes confluent(Map<String, ?> settings) {
    return new AggregateSerdes(
        ConfluentAvroSerde.forValue(FrameTelemetry.class, settings).deserializer(),
        ConfluentAvroSerde.forValue(SourceTelemetry.class, settings).serializer(),
        ConfluentAvroSerde.forValue(QualityAlert.class, settings).serializer());
  }
}
