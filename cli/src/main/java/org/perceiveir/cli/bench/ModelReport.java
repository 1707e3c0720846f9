package org.perceiveir.cli.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.perceiveir.streams.config.FrameSize;

/** The figures of {@link ModelBench}, for the terminal, as Markdown and as JSON. */
public final class ModelReport implements BenchReport {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ModelSettings settings;
  private final Machine machine;
  private final String commandLine;
  private final Instant when;
  private final List<Case> cases;

  /**
   * One network on one kind of batch.
   *
   * @param network its name
   * @param parameters number of its parameters
   * @param device that computed
   * @param size of the frames
   * @param batch frames in a pass
   * @param threads that share one operation
   * @param plain milliseconds a pass in each round, as the formulas stand
   * @param rewritten the same as it is served
   * @param levels how far a byte of the two results differs, of 255
   * @param plainFootprint what the plain one costs its process
   * @param rewrittenFootprint what the served one costs its process
   */
  record Case(
      String network,
      long parameters,
      String device,
      FrameSize size,
      int batch,
      int threads,
      Rounds plain,
      Rounds rewritten,
      int levels,
      ModelBench.Footprint plainFootprint,
      ModelBench.Footprint rewrittenFootprint) {

    /** Rewritten by plain, within each round. */
    Rounds ratio() {
      return rewritten.quotients(plain);
    }
  }

  ModelReport(
      ModelSettings settings, Machine machine, String commandLine, Instant when, List<Case> cases) {
    this.settings = settings;
    this.machine = machine;
    this.commandLine = commandLine;
    this.when = when;
    this.cases = List.copyOf(cases);
  }

  @Override
  public List<String> toLines() {
    List<String> lines = new ArrayList<>();
    for (Table table : List.of(times(), footprints())) {
      lines.add("");
      lines.addAll(table.toLines());
    }
    return lines;
  }

  @Override
  public List<String> toMarkdown() {
    List<String> lines = machine.heading("Model bench", commandLine, when);
    for (Table table : List.of(times(), footprints())) {
      lines.add("");
      lines.addAll(table.toMarkdown());
    }
    lines.add("");
    lines.add(
        "Plain: the paper's formulas as they stand. Rewritten: as it is served. Times are medians of"
            + " a pass over the rounds, pixels in and pixels out.");
    lines.add(
        "Ratio: rewritten by plain within a round, their median with the least and the largest in"
            + " brackets. Levels: the largest difference between a byte of the two results.");
    lines.add(
        "Peak: most resident memory of a process of its own that reads the bundle and restores three"
            + " batches. Start: from the bundle in memory to the first result.");
    return lines;
  }

  private Table times() {
    Table table =
        new Table(
            "Time: " + settings.rounds() + " rounds",
            "network",
            "frame",
            "batch",
            "threads",
            "plain, ms",
            "rewritten, ms",
            "rewritten, images/s",
            "ratio",
            "levels");
    for (Case c : cases) {
      Rounds ratio = c.ratio();
      table.row(
          c.network(),
          c.size().toString(),
          Integer.toString(c.batch()),
          Integer.toString(c.threads()),
          Figure.show(c.plain().median()),
          Figure.show(c.rewritten().median()),
          Figure.show(c.batch() * 1e3 / c.rewritten().median()),
          String.format(Locale.ROOT, "%.3f (%.3f-%.3f)", ratio.median(), ratio.min(), ratio.max()),
          Integer.toString(c.levels()));
    }
    return table;
  }

  private Table footprints() {
    Table table =
        new Table(
            "Memory and start",
            "network",
            "parameters",
            "frame",
            "batch",
            "threads",
            "plain peak, MiB",
            "rewritten peak, MiB",
            "plain start, s",
            "rewritten start, s");
    for (Case c : cases) {
      table.row(
          c.network(),
          Long.toString(c.parameters()),
          c.size().toString(),
          Integer.toString(c.batch()),
          Integer.toString(c.threads()),
          peak(c.plainFootprint()),
          peak(c.rewrittenFootprint()),
          Figure.show(c.plainFootprint().startSeconds()),
          Figure.show(c.rewrittenFootprint().startSeconds()));
    }
    return table;
  }

  private static String peak(ModelBench.Footprint footprint) {
    return footprint.peakMiB() == 0 ? "not known" : Long.toString(footprint.peakMiB());
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode root = JSON.createObjectNode();
    root.put("command", commandLine);
    root.put("date", when.truncatedTo(ChronoUnit.SECONDS).toString());
    root.set("machine", JSON.valueToTree(machine));
    ArrayNode nodes = root.putArray("cases");
    for (Case c : cases) {
      ObjectNode node = nodes.addObject();
      node.put("network", c.network());
      node.put("parameters", c.parameters());
      node.put("device", c.device());
      node.put("size", c.size().toString());
      node.put("batch", c.batch());
      node.put("threads", c.threads());
      node.set("plainMs", c.plain().toJson());
      node.set("rewrittenMs", c.rewritten().toJson());
      node.set("ratio", c.ratio().toJson());
      node.put("plainImagesPerSecond", Figure.rounded(c.batch() * 1e3 / c.plain().median()));
      node.put(
          "rewrittenImagesPerSecond", Figure.rounded(c.batch() * 1e3 / c.rewritten().median()));
      node.put("levels", c.levels());
      footprint(node.putObject("plainProcess"), c.plainFootprint());
      footprint(node.putObject("rewrittenProcess"), c.rewrittenFootprint());
    }
    return root;
  }

  private static void footprint(ObjectNode into, ModelBench.Footprint footprint) {
    if (footprint.peakMiB() > 0) {
      into.put("peakMiB", footprint.peakMiB());
    }
    into.put("startSeconds", Figure.rounded(footprint.startSeconds()));
  }
}
