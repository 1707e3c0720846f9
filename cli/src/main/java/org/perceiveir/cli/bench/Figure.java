package org.perceiveir.cli.bench;

import java.util.Locale;

/** How figures are written. */
final class Figure {
  private Figure() {}

  /** For tables: one decimal below 100, none from there on. */
  static String show(double value) {
    return String.format(Locale.ROOT, Math.abs(value) < 100 ? "%.1f" : "%.0f", value);
  }

  /** For JSON: four decimals. */
  static double rounded(double value) {
    return Math.round(value * 1e4) / 1e4;
  }
}
