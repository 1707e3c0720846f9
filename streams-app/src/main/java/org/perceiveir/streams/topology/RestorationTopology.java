package org.perceiveir.streams.topology;

import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.state.Stores;
import org.perceiveir.streams.config.BatchMode;
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
 *
 * <p><u>Asynchronous.</u> Kafka Streams may commit an input offset as soon as {@code process} has
 * returned. What makes it wait for frames that are still with the network is a table with a cache:
 *
 * <pre>
 *   frames --&gt; collect ---marker---&gt; write          COLLECTED: write what is ready
 *                 |                    ^
 *                 +--marker--&gt; table --+            BARRIER: wait for all, write all
 *                           (cached until the commit)
 * </pre>
 *
 * <p>The table's cache holds back its last marker until a commit, of whatever cause: interval,
 * clean close, a partition that moves away. Kafka Streams flushes caches before it flushes the
 * producer and before it commits offsets; so {@code write} gets the barrier, in that commit's
 * transaction, before the offsets of its frames are in it. docs/decisions/batching.md says what was
 * tried beside this.
 */
public final class RestorationTopology {
  /** Name of the barrier's table. */
  static final String BARRIER = "commit-barrier";

  private static final String SOURCE = "frames";
  private static final String COLLECT = "collect";
  private static final String WRITE = "write";

  private RestorationTopology() {}

  /** Builds the topology; nothing is started or opened. */
  public static Topology build(ServiceConfig config, Collaborators with) {
    Topology topology =
        config.batchMode() == BatchMode.ASYNC ? async(config, with) : blocking(config, with);
    ByteArraySerializer writes = new ByteArraySerializer();
    return topology
        .addSink(FrameSink.RESTORED, config.restoredTopic(), writes, writes, WRITE)
        .addSink(FrameSink.DEAD_LETTER, config.deadLetterTopic(), writes, writes, WRITE)
        .addSink(FrameSink.TELEMETRY, config.telemetryTopic(), writes, writes, WRITE);
  }

  private static Topology blocking(ServiceConfig config, Collaborators with) {
    return new Topology()
        .addSource(
            AutoOffsetReset.earliest(),
            SOURCE,
            timestamps(),
            RecordKey.reader(),
            new ByteArrayDeserializer(),
            config.inputTopic())
        .addProcessor(WRITE, () -> new BlockingFrames(FrameSteps.of(config, with)), SOURCE);
  }

  private static Topology async(ServiceConfig config, Collaborators with) {
    StreamsBuilder builder = new StreamsBuilder();
    builder.addStateStore(PendingFrames.builder(with));
    KStream<RecordKey, Long> collected =
        builder.stream(
                config.inputTopic(),
                Consumed.with(
                        Serdes.serdeFrom((topic, key) -> key.bytes(), RecordKey.reader()),
                        Serdes.ByteArray())
                    .withName(SOURCE)
                    .withTimestampExtractor(timestamps())
                    .withOffsetResetPolicy(AutoOffsetReset.earliest()))
            .processValues(
                () -> new CollectFrames(FrameSteps.of(config, with)),
                Named.as(COLLECT),
                PendingFrames.NAME);
    KStream<RecordKey, WriteFrames.Signal> barriers =
        collected
            .toTable(
                Named.as(BARRIER),
                Materialized.<RecordKey, Long>as(Stores.inMemoryKeyValueStore(BARRIER))
                    .withKeySerde(RecordKey.barrierSerde())
                    .withValueSerde(Serdes.Long())
                    .withCachingEnabled()
                    .withLoggingDisabled())
            .toStream()
            .mapValues(marker -> WriteFrames.Signal.BARRIER);
    collected
        .mapValues(marker -> WriteFrames.Signal.COLLECTED)
        .merge(barriers)
        .process(WriteFrames::new, Named.as(WRITE), PendingFrames.NAME, BARRIER);
    return builder.build(new Properties());
  }

  /** Kafka's own extractor throws on a record without a time, outside of any processor. */
  private static TimestampExtractor timestamps() {
    return (record, partitionTime) ->
        record.timestamp() >= 0 ? record.timestamp() : Math.max(0, partitionTime);
  }
}
