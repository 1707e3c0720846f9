package org.perceiveir.cli.demo;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.perceiveir.streams.live.ExtraFigures;

/** What the demo knows beside the service, which does not know the truth, for the live page. */
final class DemoFigures {
  private static final List<String> COLUMNS =
      List.of("Degradation", "Frames", "Degraded, dB", "Restored, dB", "Gain, dB");

  private DemoFigures() {}

  /**
   * The figures of a report.
   *
   * @param notes one line for each source
   * @param message how the run ended; empty while it goes on
   */
  static ExtraFigures of(DemoReport report, Map<String, String> notes, Optional<String> message) {
    Scoreboard.Quality overall = report.overall();
    return new ExtraFigures(
        "PSNR against the clean frames, which only the demo knows",
        List.of(
            new ExtraFigures.Figure(
                "Quality gain",
                signed(overall.restored() - overall.degraded()),
                "dB",
                "mean PSNR " + decibels(overall.degraded(), overall.restored())),
            new ExtraFigures.Figure(
                "Latency, median",
                rounded(report.latency().p50(), 0),
                "ms",
                "from sending to reading back; p95 "
                    + rounded(report.latency().p95(), 0)
                    + " ms, p99 "
                    + rounded(report.latency().p99(), 0)
                    + " ms"),
            new ExtraFigures.Figure(
                "Books",
                String.valueOf(report.frames().received()),
                "received",
                report.frames().inFlight() + " in flight, the others have their outcome")),
        COLUMNS,
        report.byDegradation().stream().map(DemoFigures::row).toList(),
        notes,
        message);
  }

  /** What the tile of a source says. */
  static String note(String degradation, double psnrDegraded, double psnrRestored) {
    return degradation + ", PSNR " + decibels(psnrDegraded, psnrRestored);
  }

  private static List<String> row(Scoreboard.Quality quality) {
    return List.of(
        quality.degradation(),
        String.valueOf(quality.frames()),
        rounded(quality.degraded(), 2),
        rounded(quality.restored(), 2),
        signed(quality.restored() - quality.degraded()));
  }

  private static String decibels(double from, double to) {
    return rounded(from, 1) + " → " + rounded(to, 1) + " dB";
  }

  private static String signed(double value) {
    return String.format(Locale.ROOT, "%+.1f", value);
  }

  private static String rounded(double value, int digits) {
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }
}
