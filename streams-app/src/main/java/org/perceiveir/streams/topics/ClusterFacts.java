package org.perceiveir.streams.topics;

/**
 * What the service must know of the cluster before it starts.
 *
 * @param inputPartitions partitions of the input topic
 * @param maxTransactionMs the brokers' transaction.max.timeout.ms, in milliseconds
 */
public record ClusterFacts(int inputPartitions, long maxTransactionMs) {}
