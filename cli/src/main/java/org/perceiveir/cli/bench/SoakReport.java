package org.perceiveir.cli.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.perceiveir.cli.bench.MemoryLine.Sample;

/** The figures of {@link SoakBench}, for the terminal, as Markdown and as JSON. */
public final class SoakReport implements BenchReport {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int ROWS = 20;

  private final SoakSettings settings;
  private final Machine machine;
  private final String commandLine;
  private final Instant when;
  private final List<Sample> samples;
  private final int loads;
  private final int refused;
  private final String books;
  private final MemoryLine line;

  /**
   * A report.
   *
   * @param samples all of them, from the first after the start of the service
   * @param loads models that were loaded
   * @param refused orders that were refused
   * @param books the books at the end
   */
  SoakReport(
      SoakSettings settings,
      Machine machine,
      String commandLine,
      Instant when,
      List<Sample> samples,
      int loads,
      int refused,
      String books) {
    this.settings = settings;
    this.machine = machine;
    this.commandLine = commandLine;
    this.when = when;
    this.samples = List.copyOf(samples);
    this.loads = loads;
    this.refused = refused;
    this.books = books;
    this.line = MemoryLine.through(settled());
  }

  /** Samples after the first fifth, in which caches and pools fill. */
  private List<Sample> settled() {
    double from = samples.get(samples.size() - 1).seconds() / 5;
    return samples.stream().filter(s -> s.seconds() >= from).toList();
  }

  /** Growth of the resident memory after the first fifth, in MiB per hour. */
  public double mibPerHour() {
    return line.mibPerHour();
  }

  /** Models that were loaded. */
  public int loads() {
    return loads;
  }

  private String summary() {
    return String.format(
        Locale.ROOT,
        "resident memory after the first fifth: %+.1f MiB/h (standard error %.1f), between %.0f and"
            + " %.0f MiB; %d loads of a model, %d orders refused; %s",
        line.mibPerHour(),
        line.standardError(),
        settled().stream().mapToDouble(Sample::mib).min().orElse(0),
        settled().stream().mapToDouble(Sample::mib).max().orElse(0),
        loads,
        refused,
        books);
  }

  private Table table() {
    Table table = new Table("Resident memory of the service", "minute", "MiB", "models loaded");
    int step = Math.max(1, (samples.size() - 1) / ROWS);
    for (int i = 0; i < samples.size(); i += step) {
      Sample s = samples.get(i);
      table.row(
          String.format(Locale.ROOT, "%.1f", s.seconds() / 60),
          String.format(Locale.ROOT, "%.1f", s.mib()),
          Integer.toString(s.loads()));
    }
    return table;
  }

  @Override
  public List<String> toLines() {
    List<String> lines = new ArrayList<>(table().toLines());
    lines.add(summary());
    return lines;
  }

  @Override
  public List<String> toMarkdown() {
    List<String> lines = new ArrayList<>();
    lines.add("# Soak with model reloads");
    lines.add("");
    lines.add("`" + commandLine + "`");
    lines.add("");
    lines.add("- date: " + when.truncatedTo(ChronoUnit.SECONDS));
    lines.add("- machine: " + machine.cores() + " cores, " + machine.cpu());
    lines.add("- JVM: " + machine.jvm());
    lines.add("");
    lines.add(summary());
    lines.add("");
    lines.addAll(table().toMarkdown());
    lines.add("");
    lines.add(
        String.format(
            Locale.ROOT,
            "The service runs in a process of its own with a heap of %d MiB, touched at its start, so"
                + " that what grows is not the heap. %.1f frames/s of %s, every frame judged before"
                + " and after; every %d s the model is exchanged by an order, and every fourth time"
                + " a candidate runs in shadow for as long. Line by least squares.",
            settings.heapMiB(),
            settings.perSecond(),
            settings.size(),
            settings.reloadEvery().toSeconds()));
    return lines;
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode root = JSON.createObjectNode();
    root.put("command", commandLine);
    root.put("date", when.truncatedTo(ChronoUnit.SECONDS).toString());
    root.set("machine", JSON.valueToTree(machine));
    root.put("mibPerHour", Math.round(line.mibPerHour() * 100) / 100.0);
    root.put("standardError", Math.round(line.standardError() * 100) / 100.0);
    root.put("loads", loads);
    root.put("refused", refused);
    root.put("books", books);
    ArrayNode all = root.putArray("samples");
    for (Sample s : samples) {
      all.addArray()
          .add(Math.round(s.seconds()))
          .add(Math.round(s.mib() * 10) / 10.0)
          .add(s.loads());
    }
    return root;
  }
}
