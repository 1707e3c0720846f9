package org.perceiveir.streams.config;

/**
 * A topic as the service needs it.
 *
 * @param key the configuration key that names the topic
 * @param name the topic's name
 * @param partitions number of partitions, at least 1
 * @param retentionMs how long a record is kept, in milliseconds; -1 without limit
 * @param retentionBytes how many bytes a partition keeps; -1 without limit
 * @param maxMessageBytes the largest record, in bytes
 */
public record TopicSpec(
    String key,
    String name,
    int partitions,
    long retentionMs,
    long retentionBytes,
    int maxMessageBytes) {}
