package org.perceiveir.cli.demo;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What goes wrong during a demo, on purpose. */
public enum Scenario {
  /** Nothing. */
  STEADY,
  /** For the middle third of the frames, three times as many as the service takes. */
  OVERLOAD,
  /** One camera, the last, sends records that are no images. */
  POISON,
  /** The model is exchanged while frames flow, and exchanged back. */
  SWAP;

  /** Its name on the command line. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The scenario with a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Scenario fromId(String id) {
    for (Scenario scenario : values()) {
      if (scenario.id().equals(id)) {
        return scenario;
      }
    }
    throw new IllegalArgumentException(
        "--scenario is "
            + id
            + ": it must be one of "
            + Arrays.stream(values()).map(Scenario::id).collect(Collectors.joining(", ")));
  }
}
