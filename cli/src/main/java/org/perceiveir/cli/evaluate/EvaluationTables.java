package org.perceiveir.cli.evaluate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.describe.AlignedTable;
import org.perceiveir.trainer.evaluation.EvaluationReport;
import org.perceiveir.trainer.evaluation.EvaluationReport.Comparison;
import org.perceiveir.trainer.evaluation.EvaluationReport.Figure;
import org.perceiveir.trainer.evaluation.EvaluationReport.Item;
import org.perceiveir.trainer.evaluation.Metric;
import org.perceiveir.trainer.evaluation.PaperFigure;

/**
 * An evaluation as Markdown tables that read well in a terminal too.
 *
 * <p>Every row names its protocol by a number. The paper's figures stand in a table of their own,
 * for the sets and settings that the paper reports and for no others.
 */
public final class EvaluationTables {
  private final EvaluationReport report;

  /** Protocols by their numbers from 1, in the order in which rows come to them. */
  private final Map<String, Integer> protocols = new LinkedHashMap<>();

  /** Tables of a report. */
  public EvaluationTables(EvaluationReport report) {
    this.report = report;
    for (Item item : report.items()) {
      protocols.putIfAbsent(item.protocol(), protocols.size() + 1);
    }
  }

  /** All tables, without a heading. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>(figures());
    List<String> compared = comparisons();
    if (!compared.isEmpty()) {
      lines.add("");
      lines.addAll(compared);
    }
    List<String> paper = paper();
    if (!paper.isEmpty()) {
      lines.add("");
      lines.add("Beside the paper, whose figures are of other weights than these:");
      lines.add("");
      lines.addAll(paper);
    }
    lines.add("");
    protocols.forEach((text, number) -> lines.add("Protocol " + number + ": " + text + "."));
    List<String> notes = notes();
    if (!notes.isEmpty()) {
      lines.add("");
      lines.addAll(notes);
    }
    return lines;
  }

  /**
   * A document.
   *
   * @param command how the evaluation was called
   */
  public List<String> document(String command) {
    List<String> lines = new ArrayList<>();
    lines.add("# Evaluation of " + report.bundle() + " " + report.version());
    lines.add("");
    lines.add("`" + command + "` on " + report.device());
    lines.add("");
    lines.addAll(lines());
    return lines;
  }

  private List<String> figures() {
    Set<Metric> metrics = new LinkedHashSet<>();
    report.items().forEach(item -> metrics.addAll(item.figures().keySet()));
    List<String> head = new ArrayList<>(List.of("set", "setting", "protocol", "images"));
    metrics.forEach(metric -> head.add(metric.title() + ", input -> output"));
    head.add("ms/image");
    AlignedTable table = new AlignedTable(2, head.toArray(new String[0]));
    for (Item item : report.items()) {
      List<String> row = new ArrayList<>();
      row.add(cell(item.set()));
      row.add(item.setting());
      row.add(number(item));
      row.add(Integer.toString(item.images().size()));
      for (Metric metric : metrics) {
        Figure figure = item.figures().get(metric);
        row.add(figure == null ? "-" : text(metric, figure));
      }
      row.add(String.format(Locale.ROOT, "%.0f", item.millisPerImage()));
      table.row(row.toArray(new String[0]));
    }
    return table.lines();
  }

  /** Names come from folders, and a bar would end the cell. */
  private static String cell(String name) {
    return name.replace('|', '/');
  }

  private String number(Item item) {
    return String.valueOf(protocols.get(item.protocol()));
  }

  private static String text(Metric metric, Figure figure) {
    String change =
        Double.isFinite(figure.gain())
            ? String.format(Locale.ROOT, " (%+." + metric.decimals() + "f)", figure.gain())
            : "";
    return number(metric, figure.degraded()) + " -> " + number(metric, figure.restored()) + change;
  }

  private static String number(Metric metric, double value) {
    return Double.isFinite(value)
        ? String.format(Locale.ROOT, "%." + metric.decimals() + "f", value)
        : "inf";
  }

  private List<String> comparisons() {
    AlignedTable table =
        new AlignedTable(
            2,
            "set",
            "setting",
            "protocol",
            "compared, PSNR change dB",
            "PSNR between the two dB",
            "largest difference, levels");
    boolean any = false;
    for (Item item : report.items()) {
      Comparison comparison = item.comparison();
      if (comparison != null) {
        any = true;
        table.row(
            cell(item.set()),
            item.setting(),
            number(item),
            Double.isNaN(comparison.psnrChangeDb())
                ? "-"
                : String.format(Locale.ROOT, "%+.3f", comparison.psnrChangeDb()),
            number(Metric.PSNR, comparison.betweenDb()),
            Integer.toString(comparison.largestDifference()));
      }
    }
    return any ? table.lines() : List.of();
  }

  private List<String> paper() {
    AlignedTable table =
        new AlignedTable(
            5,
            "set",
            "setting",
            "network",
            "trained on",
            "source",
            "PSNR dB",
            "ours",
            "ours - paper",
            "SSIM",
            "ours",
            "differs in");
    boolean any = false;
    for (Item item : report.items()) {
      if (!item.figures().containsKey(Metric.PSNR)) {
        continue;
      }
      double psnr = item.figure(Metric.PSNR).restored();
      for (PaperFigure figure : item.paper()) {
        any = true;
        List<String> differences = figure.differences(item);
        table.row(
            cell(item.set()),
            item.setting(),
            figure.method(),
            figure.trainedOn(),
            figure.source(),
            number(Metric.PSNR, figure.psnrDb()),
            number(Metric.PSNR, psnr),
            Double.isFinite(psnr)
                ? String.format(Locale.ROOT, "%+.2f", psnr - figure.psnrDb())
                : "-",
            ssim(figure.ssim()),
            item.figures().containsKey(Metric.SSIM)
                ? ssim(item.figure(Metric.SSIM).restored())
                : "-",
            differences.isEmpty() ? "-" : String.join("; ", differences));
      }
    }
    return any ? table.lines() : List.of();
  }

  private static String ssim(@Nullable Double value) {
    return value == null ? "-" : String.format(Locale.ROOT, "%.3f", value);
  }

  /** What the tables leave out. */
  private List<String> notes() {
    List<String> notes = new ArrayList<>();
    for (Item item : report.items()) {
      String where = item.set() + ", " + item.setting() + ": ";
      for (Map.Entry<Metric, Figure> entry : item.figures().entrySet()) {
        Figure figure = entry.getValue();
        if (figure.infiniteDegraded() + figure.infiniteRestored() > 0) {
          notes.add(
              where
                  + entry.getKey().title()
                  + " is infinite for "
                  + figure.infiniteDegraded()
                  + " inputs and "
                  + figure.infiniteRestored()
                  + " outputs that equal the truth; the means are of the others.");
        }
      }
      if (!item.skipped().isEmpty()) {
        notes.add(where + item.skipped().size() + " files could not be measured.");
      }
    }
    return notes;
  }
}
