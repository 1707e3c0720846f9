package org.perceiveir.streams.doctor;

/**
 * One thing that was looked at.
 *
 * @param level how it is
 * @param area what was looked at, for instance {@code topics}
 * @param text what was found; of a problem, with the command that mends it
 */
public record Finding(Level level, String area, String text) {

  /** How a thing is. */
  public enum Level {
    /** As it should be. */
    OK,
    /** The service starts, but something may not be meant. */
    WARNING,
    /** The service does not start or loses its purpose. */
    PROBLEM,
    /** Could not be looked at, because of a problem before. */
    SKIPPED
  }
}
