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
 * @param compacted whether only the newest record of each key is kept, as long as retention allows
 */
public record TopicSpec(
    String key,
    String name,
    int partitions,
    long retentionMs,
    long retentionBytes,
    int maxMessageBytes,
    boolean compacted) {

  /** A topic that is not compacted. */
  TopicSpec(
      String key,
      String name,
      int partitions,
      long retentionMs,
      long retentionBytes,
      int maxMessageBytes) {
    this(key, name, partitions, retentionMs, retentionBytes, maxMessageBytes, false);
  }

  TopicSpec withCompaction() {
    return new TopicSpec(key, name, partitions, retentionMs, retentionBytes, maxMessageBytes, true);
  }
}
