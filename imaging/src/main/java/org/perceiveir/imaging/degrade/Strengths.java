package org.perceiveir.imaging.degrade;

import java.util.Locale;

/** Checks and prints strength parameters. */
final class Strengths {
  private Strengths() {}

  static void check(String name, double value, double low, double high) {
    if (!(value >= low && value <= high)) {
      throw new IllegalArgumentException(
          name + " is " + value + ": it must lie in " + show(low) + ".." + show(high));
    }
  }

  /** At most three decimals, none where they are zero. */
  static String show(double value) {
    String text = String.format(Locale.ROOT, "%.3f", value);
    return text.replaceAll("\\.?0+$", "");
  }

  /** Nearest byte value of a sample in 0..255 units. */
  static byte toByte(float sample) {
    return (byte) Math.max(0, Math.min(255, (int) (sample + 0.5f)));
  }
}
