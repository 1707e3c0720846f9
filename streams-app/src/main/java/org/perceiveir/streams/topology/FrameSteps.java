package org.perceiveir.streams.topology;

import org.perceiveir.streams.config.ServiceConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all attempts of one processor share.
 *
 * @param config the configuration
 * @param with what all processors share
 * @param reader from bytes to pixels
 * @param deadLetters from poison to dead letters
 */
record FrameSteps(
    ServiceConfig config, Collaborators with, FrameReader reader, DeadLetters deadLetters) {
  private static final Logger log = LoggerFactory.getLogger(FrameSteps.class);

  static FrameSteps of(ServiceConfig config, Collaborators with) {
    return new FrameSteps(
        config,
        with,
        new FrameReader(config, with),
        new DeadLetters(config.outputRecordMaxBytes()));
  }

  /** Loud at first, quiet after: a bad camera or an overload must not flood the log. */
  void warn(String kind, String where, String why) {
    with.warnings().warn(log, kind, where, why);
  }
}
