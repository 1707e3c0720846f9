package org.perceiveir.streams.faults;

import java.util.Locale;
import java.util.Map;

/** The ways in which the service can run that make different promises or keep them differently. */
enum Mode {
  /** Commit-barrier batching in transactions, the default. */
  ASYNC,
  /** Each stream thread waits for its frame. */
  BLOCKING,
  /** No transactions: duplicates after a crash. */
  ASYNC_AT_LEAST_ONCE,
  /** The broker assigns the partitions and decides who is dead. */
  ASYNC_STREAMS_PROTOCOL;

  /** What to set for it. */
  Map<String, String> settings() {
    return switch (this) {
      case ASYNC -> Map.of("batch.mode", "async");
      case BLOCKING -> Map.of("batch.mode", "blocking", "stream.threads", "4");
      case ASYNC_AT_LEAST_ONCE ->
          Map.of("batch.mode", "async", "processing.guarantee", "at_least_once");
      case ASYNC_STREAMS_PROTOCOL ->
          Map.of("batch.mode", "async", "kafka.group.protocol", "streams");
    };
  }

  boolean hasTransactions() {
    return this != ASYNC_AT_LEAST_ONCE;
  }

  /** As in the table of runs. */
  String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
