package org.perceiveir.streams.config;

import java.util.Locale;

/** How frames of several records come into one pass of the network. */
public enum BatchMode {
  /** A stream thread waits for each of its frames: a batch has at most one frame a thread. */
  BLOCKING,
  /**
   * A stream thread reads on while its frames wait, and waits for all of them before it commits: a
   * batch is as full as the backlog allows.
   */
  ASYNC;

  /** The word used in the configuration. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  static BatchMode fromId(String id) {
    return valueOf(id.toUpperCase(Locale.ROOT));
  }
}
