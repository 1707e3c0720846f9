package org.perceiveir.streams.limits;

/**
 * What shares the work of one instance.
 *
 * @param threads stream threads, at least 1
 * @param partitions partitions of the input topic, at least 1
 * @param batchDelayMs longest delay of a batch, in milliseconds
 * @param registryMs how long a stream thread may try to reach the registry, in milliseconds
 * @param brokerMaxTransactionMs the broker's transaction.max.timeout.ms
 */
public record WorkShape(
    int threads, int partitions, long batchDelayMs, long registryMs, long brokerMaxTransactionMs) {

  /** Checks that there is a thread and a partition. */
  public WorkShape {
    if (threads < 1 || partitions < 1) {
      throw new IllegalArgumentException(
          threads + " threads and " + partitions + " partitions: at least one of each is needed");
    }
  }

  /** Tasks of the busiest thread while this instance is alone. */
  public int tasksPerThread() {
    return (partitions + threads - 1) / threads;
  }
}
