package org.perceiveir.streams.limits;

import org.perceiveir.streams.config.FrameSize;

/**
 * What has a claim on the heap of one instance.
 *
 * @param heapBytes the largest heap of this JVM, in bytes
 * @param threads stream threads, each with its own producer and consumer
 * @param partitions partitions that this instance has while it is alone
 * @param recordBytes the largest input record
 * @param producerBytes buffer of one producer
 * @param fetchBytes what a consumer has fetched of one partition ahead of a poll
 * @param auditBytes what the audit of the books and the aggregates read and write at a time
 * @param payloadBytes what threads that read payloads outside Kafka hold
 * @param windowFrames frames for which there is room to wait
 * @param frameSize the largest frames to expect
 */
public record HeapShape(
    long heapBytes,
    int threads,
    int partitions,
    long recordBytes,
    long producerBytes,
    long fetchBytes,
    long auditBytes,
    long payloadBytes,
    int windowFrames,
    FrameSize frameSize) {}
