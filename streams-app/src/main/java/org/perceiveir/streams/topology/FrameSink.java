package org.perceiveir.streams.topology;

import org.apache.kafka.streams.processor.api.Record;

/** Where an outcome is written: the sinks of the topology by name. */
@FunctionalInterface
interface FrameSink {
  String RESTORED = "restored";
  String TELEMETRY = "telemetry";
  String DEAD_LETTER = "dead-letter";

  /** Forwards a record to a sink. */
  void forward(Record<byte[], byte[]> record, String sink);
}
