package org.perceiveir.streams.pass;

import java.util.Locale;

/** Which way a frame goes. */
public enum Route {
  /** Restored by the bundle of {@code bundle}. */
  FULL,
  /** Restored by the bundle of {@code route.light.bundle}. */
  LIGHT,
  /** Written as it came. */
  PASS_THROUGH;

  /** The name in a configuration: {@code full}, {@code light}, {@code pass-through}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The route with a name of a configuration.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Route fromId(String id) {
    return valueOf(id.toUpperCase(Locale.ROOT).replace('-', '_'));
  }
}
