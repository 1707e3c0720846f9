package org.perceiveir.streams.topology;

import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.perceiveir.streams.config.ServiceConfig;

/**
 * The topology of the service.
 *
 * <pre>
 *                             +--&gt; frames.restored      RestoredFrame, key = source
 *   frames.degraded --frame--&gt;+--&gt; frames.dead-letter   raw bytes, key = the record's, or unknown
 *                             +--&gt; telemetry.frames     FrameTelemetry, one for each input record
 * </pre>
 *
 * <p>Input is read as bytes and deserialized inside the processor, so that a record which is no
 * frame has its telemetry too. Results are keyed by the source in the frame, whatever key the input
 * record had; frames of one source keep their order as long as they come in one partition, which
 * keying the input by source ensures.
 */
public final class RestorationTopology {
  private RestorationTopology() {}

  /** Builds the topology; nothing is started or opened. */
  public static Topology build(ServiceConfig config, Collaborators with) {
    ByteArrayDeserializer reads = new ByteArrayDeserializer();
    ByteArraySerializer writes = new ByteArraySerializer();
    return new Topology()
        .addSource(
            AutoOffsetReset.earliest(), "frames", timestamps(), reads, reads, config.inputTopic())
        .addProcessor("frame", () -> new FrameProcessor(config, with), "frames")
        .addSink(FrameProcessor.RESTORED_SINK, config.restoredTopic(), writes, writes, "frame")
        .addSink(FrameProcessor.DEAD_LETTER_SINK, config.deadLetterTopic(), writes, writes, "frame")
        .addSink(FrameProcessor.TELEMETRY_SINK, config.telemetryTopic(), writes, writes, "frame");
  }

  /** Kafka's own extractor throws on a record without a time, outside of any processor. */
  private static TimestampExtractor timestamps() {
    return (record, partitionTime) ->
        record.timestamp() >= 0 ? record.timestamp() : Math.max(0, partitionTime);
  }
}
