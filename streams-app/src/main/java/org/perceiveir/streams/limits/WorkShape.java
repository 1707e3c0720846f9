package org.perceiveir.streams.limits;

import org.perceiveir.streams.config.BatchMode;
import org.perceiveir.streams.config.ProcessingGuarantee;

/**
 * What shares the work of one instance.
 *
 * @param threads stream threads, at least 1
 * @param partitions partitions of the input topic, at least 1
 * @param mode how frames come into one pass
 * @param maxBatch most frames in a pass by configuration, at least 1
 * @param guarantee whether transactions limit the time of a round
 * @param batchDelayMs longest delay of a batch, in milliseconds
 * @param registryMs how long a stream thread may try to reach the registry, in milliseconds
 * @param payloadMs how long a stream thread may wait for a payload outside Kafka, in milliseconds;
 *     0 where all pixels are in their record
 * @param brokerMaxTransactionMs the broker's transaction.max.timeout.ms
 */
public record WorkShape(
    int threads,
    int partitions,
    BatchMode mode,
    int maxBatch,
    ProcessingGuarantee guarantee,
    long batchDelayMs,
    long registryMs,
    long payloadMs,
    long brokerMaxTransactionMs) {

  /** Checks that there is a thread, a partition and a place in a batch. */
  public WorkShape {
    if (threads < 1 || partitions < 1 || maxBatch < 1) {
      throw new IllegalArgumentException(
          threads
              + " threads, "
              + partitions
              + " partitions and batches of "
              + maxBatch
              + ": at least one of each is needed");
    }
  }

  /** Tasks of the busiest thread while this instance is alone. */
  public int tasksPerThread() {
    return (partitions + threads - 1) / threads;
  }

  /** Whether transactions limit the time of a round. */
  boolean transactional() {
    return guarantee == ProcessingGuarantee.EXACTLY_ONCE_V2;
  }
}
