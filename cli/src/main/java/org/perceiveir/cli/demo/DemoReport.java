package org.perceiveir.cli.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.perceiveir.streams.books.Books;

/**
 * The figures of a demo.
 *
 * @param frames the books
 * @param fps frames a second that came back
 * @param latency from sending a frame to reading it back
 * @param overall mean PSNR over all frames that came back
 * @param byDegradation the same for each degradation
 * @param deadLetterReasons attempts that became dead letters, by reason
 * @param byModel frames that came back, by name and version of the model that restored them
 * @param bundle name and version of the model bundle
 * @param device the device that ran the network
 */
record DemoReport(
    Books frames,
    double fps,
    Scoreboard.Latency latency,
    Scoreboard.Quality overall,
    List<Scoreboard.Quality> byDegradation,
    Map<String, Long> deadLetterReasons,
    Map<String, Long> byModel,
    String bundle,
    String device) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** The report as JSON; figures are rounded to what they are worth. */
  ObjectNode toJson() {
    ObjectNode root = JSON.createObjectNode();
    ObjectNode books = root.putObject("frames");
    books.put("received", frames.received());
    books.put("restored", frames.restored());
    books.put("passedThrough", frames.passedThrough());
    books.put("shed", frames.shed());
    books.put("deadLettered", frames.deadLettered());
    books.put("inFlight", frames.inFlight());
    root.put("fps", rounded(fps, 2));
    ObjectNode times = root.putObject("latencyMs");
    times.put("p50", rounded(latency.p50(), 1));
    times.put("p95", rounded(latency.p95(), 1));
    times.put("p99", rounded(latency.p99(), 1));
    ObjectNode psnr = root.putObject("psnrDb");
    psnr.put("degraded", rounded(overall.degraded(), 3));
    psnr.put("restored", rounded(overall.restored(), 3));
    ArrayNode kinds = root.putArray("byDegradation");
    for (Scoreboard.Quality quality : byDegradation) {
      ObjectNode kind = kinds.addObject();
      kind.put("degradation", quality.degradation());
      kind.put("frames", quality.frames());
      kind.put("degraded", rounded(quality.degraded(), 3));
      kind.put("restored", rounded(quality.restored(), 3));
    }
    ObjectNode reasons = root.putObject("deadLetterReasons");
    deadLetterReasons.forEach(reasons::put);
    ObjectNode models = root.putObject("byModel");
    byModel.forEach(models::put);
    root.put("bundle", bundle);
    root.put("device", device);
    return root;
  }

  /** The report as lines for a terminal. */
  List<String> toLines() {
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.add(
        String.format(
            Locale.ROOT,
            "  %-12s %6s  %8s  %8s  %6s",
            "PSNR, dB",
            "frames",
            "degraded",
            "restored",
            "gain"));
    for (Scoreboard.Quality quality : byDegradation) {
      lines.add(line(quality));
    }
    if (byDegradation.size() > 1) {
      lines.add(line(overall));
    }
    lines.add("");
    lines.add(
        String.format(
            Locale.ROOT,
            "  frames       received %d, restored %d, passed through %d, shed %d, dead-lettered %d, in flight %d",
            frames.received(),
            frames.restored(),
            frames.passedThrough(),
            frames.shed(),
            frames.deadLettered(),
            frames.inFlight()));
    lines.add(
        String.format(
            Locale.ROOT,
            "  speed        %.1f frames/s, latency p50 %.0f ms, p95 %.0f ms, p99 %.0f ms",
            fps,
            latency.p50(),
            latency.p95(),
            latency.p99()));
    deadLetterReasons.forEach(
        (reason, count) -> lines.add("  dead letters " + count + " " + reason));
    if (byModel.size() > 1) {
      byModel.forEach((model, count) -> lines.add("  " + count + " frames by " + model));
    }
    lines.add("  model        " + bundle + " on " + device);
    return lines;
  }

  private static String line(Scoreboard.Quality quality) {
    return String.format(
        Locale.ROOT,
        "  %-12s %6d  %8.2f  %8.2f  %+6.2f",
        quality.degradation(),
        quality.frames(),
        quality.degraded(),
        quality.restored(),
        quality.restored() - quality.degraded());
  }

  private static double rounded(double value, int digits) {
    double scale = Math.pow(10, digits);
    return Math.round(value * scale) / scale;
  }
}
