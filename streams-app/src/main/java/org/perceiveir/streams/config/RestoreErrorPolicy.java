package org.perceiveir.streams.config;

import java.util.Locale;

/** What becomes of a readable frame that the network cannot restore. */
public enum RestoreErrorPolicy {
  /** The input record goes to the dead-letter topic. */
  DEAD_LETTER,
  /** The frame goes to the restored topic with its pixels unchanged. */
  PASS_THROUGH;

  /** The word used in the configuration. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static RestoreErrorPolicy fromId(String id) {
    return valueOf(id.toUpperCase(Locale.ROOT).replace('-', '_'));
  }
}
