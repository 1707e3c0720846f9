package org.perceiveir.cli.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The figures of {@link TrainBench}, for the terminal, as Markdown and as JSON. */
public final class TrainReport implements BenchReport {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final TrainSettings settings;
  private final Machine machine;
  private final String commandLine;
  private final Instant when;
  private final List<Case> cases;

  /**
   * One network on one kind of batch.
   *
   * @param network its name
   * @param crop side of the crops in pixels
   * @param batch crops in a batch
   * @param checkpointing whether blocks are recomputed in the backward pass
   * @param parameters that are trained
   * @param stepMs milliseconds of each step, the wait for its batch included
   * @param waitedMs how long of it the step waited for its batch
   * @param peakMiB most resident memory of the process, 0 where the system does not tell
   * @param failure why there are no figures; empty if there are
   */
  record Case(
      String network,
      int crop,
      int batch,
      boolean checkpointing,
      long parameters,
      Rounds stepMs,
      Rounds waitedMs,
      long peakMiB,
      String failure) {

    static Case failed(String network, int crop, boolean checkpointing, String failure) {
      return new Case(network, crop, 0, checkpointing, 0, new Rounds(), new Rounds(), 0, failure);
    }

    boolean isDone() {
      return failure.isEmpty();
    }

    /** Crops that are trained on in a second, over all steps. */
    double imagesPerSecond() {
      return batch * 1e3 * stepMs.values().size() / sum(stepMs);
    }

    /** Share of the time that the steps waited for their batches, 0 to 1. */
    double loaderShare() {
      return sum(waitedMs) / sum(stepMs);
    }

    private static double sum(Rounds rounds) {
      return rounds.values().stream().mapToDouble(Double::doubleValue).sum();
    }

    @Override
    public String toString() {
      String what =
          network + ", crops of " + crop + (checkpointing ? ", checkpointing" : "") + ": ";
      return isDone()
          ? String.format(
              Locale.ROOT,
              "%s%.2f images/s, %d MiB, waits %.1f %%",
              what,
              imagesPerSecond(),
              peakMiB,
              100 * loaderShare())
          : what + failure;
    }
  }

  TrainReport(
      TrainSettings settings, Machine machine, String commandLine, Instant when, List<Case> cases) {
    this.settings = settings;
    this.machine = machine;
    this.commandLine = commandLine;
    this.when = when;
    this.cases = List.copyOf(cases);
  }

  @Override
  public List<String> toLines() {
    List<String> lines = new ArrayList<>(List.of(""));
    lines.addAll(table().toLines());
    return lines;
  }

  @Override
  public List<String> toMarkdown() {
    List<String> lines = machine.heading("Training bench", commandLine, when);
    lines.add("");
    lines.addAll(table().toMarkdown());
    lines.add("");
    lines.add(
        "A process of its own for each case: the loop of `./perceive train restoration` with L1"
            + " alone, no semantic guidance, "
            + settings.steps()
            + " steps after "
            + TrainSettings.WARM_UP
            + " that warm up. Photographs are drawn scenes, decoded and in memory; cropping and"
            + " degrading is the loader's.");
    lines.add(
        "Images: crops of that side, over the time of all steps. Step: median with the least and"
            + " the largest in brackets. Waits: share of that time that the network waited for its"
            + " batch. Peak: most resident memory before the checkpoint is written.");
    for (Case c : cases) {
      if (!c.isDone()) {
        lines.add("- " + c);
      }
    }
    return lines;
  }

  private Table table() {
    Table table =
        new Table(
            "Training: batches of " + settings.batch(),
            "network",
            "parameters",
            "crop",
            "checkpointing",
            "images/s",
            "step, ms",
            "waits, %",
            "peak, MiB");
    for (Case c : cases) {
      String checkpointing = c.checkpointing() ? "yes" : "no";
      if (!c.isDone()) {
        table.row(
            c.network(), "-", Integer.toString(c.crop()), checkpointing, "failed", "-", "-", "-");
        continue;
      }
      table.row(
          c.network(),
          Long.toString(c.parameters()),
          Integer.toString(c.crop()),
          checkpointing,
          String.format(Locale.ROOT, "%.2f", c.imagesPerSecond()),
          String.format(
              Locale.ROOT,
              "%.0f (%.0f-%.0f)",
              c.stepMs().median(),
              c.stepMs().min(),
              c.stepMs().max()),
          String.format(Locale.ROOT, "%.1f", 100 * c.loaderShare()),
          c.peakMiB() == 0 ? "not known" : Long.toString(c.peakMiB()));
    }
    return table;
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
      node.put("crop", c.crop());
      node.put("gradientCheckpointing", c.checkpointing());
      if (!c.isDone()) {
        node.put("failure", c.failure());
        continue;
      }
      node.put("batch", c.batch());
      node.put("parameters", c.parameters());
      node.put("imagesPerSecond", Figure.rounded(c.imagesPerSecond()));
      node.put("loaderShare", Figure.rounded(c.loaderShare()));
      if (c.peakMiB() > 0) {
        node.put("peakMiB", c.peakMiB());
      }
      ArrayNode steps = node.putArray("stepMs");
      c.stepMs().values().forEach(value -> steps.add(Figure.rounded(value)));
    }
    return root;
  }
}
