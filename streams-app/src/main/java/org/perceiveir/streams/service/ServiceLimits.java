package org.perceiveir.streams.service;

import java.util.Map;
import org.perceiveir.schemas.serde.ConfluentAvroConfig;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.limits.BatchPlan;
import org.perceiveir.streams.limits.HeapShape;
import org.perceiveir.streams.limits.MeasuredSpeed;
import org.perceiveir.streams.limits.MemoryLimits;
import org.perceiveir.streams.limits.TimeLimits;
import org.perceiveir.streams.limits.UserLimits;
import org.perceiveir.streams.limits.WorkShape;
import org.perceiveir.streams.payload.PayloadReader;
import org.perceiveir.streams.topics.ClusterFacts;

/**
 * All limits of one instance, derived from its configuration, the cluster and the measured speed.
 *
 * @param batches how many frames share a pass and wait
 * @param time for Kafka's clients
 * @param memory of the heap
 */
public record ServiceLimits(BatchPlan batches, TimeLimits time, MemoryLimits memory) {

  /**
   * Derives them.
   *
   * @throws ConfigurationException if the work fits into neither the time nor the heap; the message
   *     states the sum
   */
  public static ServiceLimits derive(
      ServiceConfig config, ClusterFacts cluster, MeasuredSpeed speed) {
    WorkShape shape =
        new WorkShape(
            config.streamThreads(),
            cluster.inputPartitions(),
            config.batchMode(),
            config.batchMaxSize(),
            config.processingGuarantee(),
            config.batchMaxDelay().toMillis(),
            registryMs(config.serdeSettings()),
            config.payload().waitMs(),
            cluster.maxTransactionMs());
    BatchPlan batches = BatchPlan.of(speed.frameMs(), shape);
    HeapShape heap =
        new HeapShape(
            Runtime.getRuntime().maxMemory(),
            config.streamThreads(),
            cluster.inputPartitions(),
            config.inputRecordMaxBytes(),
            ClientSettings.producerBytes(config),
            ClientSettings.fetchBytes(config),
            (config.booksAuditInterval().isPresent() ? 2L * config.outputRecordMaxBytes() : 0)
                + ClientSettings.aggregatesBytes(config),
            PayloadReader.heldBytes(config),
            batches.windowFrames(),
            config.warmupFrameSize());
    TimeLimits time =
        TimeLimits.derive(
            speed,
            shape,
            UserLimits.from(config.kafkaSettings()),
            Math.max(1, MemoryLimits.maxRecords(heap, TimeLimits.MAX_RECORDS)));
    return new ServiceLimits(
        batches, time, MemoryLimits.derive(heap, time.bufferedRecords(), time.maxPollRecords()));
  }

  /** How long a stream thread may try to reach the registry before the outage escapes. */
  private static long registryMs(Map<String, ?> settings) {
    ConfluentAvroConfig serde = new ConfluentAvroConfig(settings);
    long urls = serde.getList(ConfluentAvroConfig.SCHEMA_REGISTRY_URL).size();
    long rounds = 1L + serde.getInt(ConfluentAvroConfig.MAX_RETRIES);
    return rounds
        * (urls * serde.getInt(ConfluentAvroConfig.HTTP_READ_TIMEOUT_MS)
            + serde.getInt(ConfluentAvroConfig.RETRIES_MAX_WAIT_MS));
  }
}
