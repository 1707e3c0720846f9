package org.perceiveir.streams.aggregates;

import java.util.Map;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.state.Stores;

/**
 * The topology of the aggregates.
 *
 * <pre>
 *                                       +--&gt; telemetry.sources   SourceTelemetry, key = source
 *   telemetry.frames --&gt; aggregate -----+
 *      key = source         |           +--&gt; alerts.quality      QualityAlert, key = source|kind
 *                        sources
 *                    one store, one changelog
 * </pre>
 *
 * <p>Telemetry is keyed by source already, so nothing is repartitioned.
 *
 * <p>The store is on the heap, behind a cache that makes one write to the changelog of all frames
 * of a source between two commits. Without a file it needs no directory, two instances on one host
 * do not meet, and no RocksDB takes native memory beside the network; a new instance reads the
 * changelog, some KB for each source.
 */
final class AggregatesTopology {
  private static final String SOURCE = "telemetry";
  private static final String AGGREGATE = "aggregate";

  private AggregatesTopology() {}

  /**
   * Builds the topology; nothing is started or opened.
   *
   * @param begin where to read without a position of an earlier run
   */
  static Topology build(AggregatesPlan plan, AutoOffsetReset begin) {
    ByteArrayDeserializer reads = new ByteArrayDeserializer();
    ByteArraySerializer writes = new ByteArraySerializer();
    return new Topology()
        .addSource(begin, SOURCE, timestamps(), reads, reads, plan.telemetryTopic())
        .addProcessor(AGGREGATE, () -> new SourceAggregator(plan), SOURCE)
        .addStateStore(
            Stores.keyValueStoreBuilder(
                    Stores.inMemoryKeyValueStore(SourceAggregator.STORE),
                    Serdes.String(),
                    new SourceStateSerde())
                .withCachingEnabled()
                .withLoggingEnabled(Map.of()),
            AGGREGATE)
        .addSink(
            SourceAggregator.SOURCES_SINK,
            plan.aggregates().sourcesTopic(),
            writes,
            writes,
            AGGREGATE)
        .addSink(
            SourceAggregator.ALERTS_SINK,
            plan.aggregates().alertsTopic(),
            writes,
            writes,
            AGGREGATE);
  }

  /**
   * The brokers' time where the topic has it, as {@code topics create} makes it. Otherwise that of
   * a worker, of which one that is ahead would end everyone's windows; so it counts only up to now.
   */
  private static TimestampExtractor timestamps() {
    return (record, partitionTime) -> {
      long time =
          record.timestampType() == TimestampType.LOG_APPEND_TIME
              ? record.timestamp()
              : Math.min(record.timestamp(), System.currentTimeMillis());
      return time >= 0 ? time : Math.max(0, partitionTime);
    };
  }
}
