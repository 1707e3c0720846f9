package org.perceiveir.streams.config;

import java.util.Locale;

/** What becomes of a frame that is too old for the network. Its telemetry is SHED in both cases. */
public enum ShedPolicy {
  /** Nothing is written to the restored topic. */
  DROP,
  /** The frame goes to the restored topic with its pixels unchanged. */
  PASS_THROUGH;

  /** The word used in the configuration. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static ShedPolicy fromId(String id) {
    return valueOf(id.toUpperCase(Locale.ROOT).replace('-', '_'));
  }
}
