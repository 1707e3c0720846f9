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
 * @param cleanup what becomes of old records
 */
public record TopicSpec(
    String key,
    String name,
    int partitions,
    long retentionMs,
    long retentionBytes,
    int maxMessageBytes,
    Cleanup cleanup) {

  /** What becomes of old records. */
  public enum Cleanup {
    /** They are deleted after retention. */
    DELETE("delete"),
    /** The last one of each key stays. */
    COMPACT("compact"),
    /** The last one of each key stays, and is deleted after retention. */
    COMPACT_AND_DELETE("compact,delete");

    private final String policy;

    Cleanup(String policy) {
      this.policy = policy;
    }

    /** The value of {@code cleanup.policy}. */
    public String policy() {
      return policy;
    }

    /** Whether later records take the place of earlier ones with their key. */
    public boolean compacts() {
      return this != DELETE;
    }
  }

  /** A topic whose records are deleted after retention. */
  public TopicSpec(
      String key,
      String name,
      int partitions,
      long retentionMs,
      long retentionBytes,
      int maxMessageBytes) {
    this(key, name, partitions, retentionMs, retentionBytes, maxMessageBytes, Cleanup.DELETE);
  }
}
