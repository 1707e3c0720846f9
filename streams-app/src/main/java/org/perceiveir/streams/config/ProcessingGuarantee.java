package org.perceiveir.streams.config;

import java.util.Locale;

/** How often a frame is processed when instances fail. */
public enum ProcessingGuarantee {
  /** Outcome, telemetry and input offset are one transaction. */
  EXACTLY_ONCE_V2,
  /** Nothing is lost; what was not committed is written again after a failure. */
  AT_LEAST_ONCE;

  /** The word used in the configuration, the same as Kafka Streams'. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  static ProcessingGuarantee fromId(String id) {
    return valueOf(id.toUpperCase(Locale.ROOT));
  }
}
