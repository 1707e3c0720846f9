package org.perceiveir.trainer.prototype;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.perceiveir.model.degradation.DegradationEstimate;
import org.perceiveir.model.degradation.DegradationPrototypes;

/**
 * How often the nearest prototype is the right one, by what was done to the image. Not thread-safe.
 */
public final class PrototypeReport {
  private final List<String> labels;
  private final Map<String, Row> rows = new LinkedHashMap<>();

  private static final class Row {
    final String label;
    final int[] found;
    double distances;

    Row(String label, int labels) {
      this.label = label;
      this.found = new int[labels];
    }
  }

  /** A report on these prototypes, empty as yet. */
  public PrototypeReport(DegradationPrototypes prototypes) {
    this.labels = prototypes.labels();
  }

  /** Counts one image. */
  public void add(String label, String notation, DegradationEstimate estimate) {
    Row row = rows.computeIfAbsent(notation, n -> new Row(label, labels.size()));
    row.found[labels.indexOf(estimate.label())]++;
    row.distances += estimate.distance();
  }

  /** Images whose nearest prototype is their own. */
  public int right() {
    return rows.values().stream()
        .mapToInt(row -> labels.contains(row.label) ? row.found[labels.indexOf(row.label)] : 0)
        .sum();
  }

  /** All images. */
  public int images() {
    return rows.values().stream().mapToInt(PrototypeReport::all).sum();
  }

  private static int all(Row row) {
    int sum = 0;
    for (int count : row.found) {
      sum += count;
    }
    return sum;
  }

  /** The confusion matrix in Markdown, and the share that is right. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("| done to the images | right | " + String.join(" | ", labels) + " | distance |");
    lines.add("| --- | --- |" + " ---: |".repeat(labels.size() + 1));
    rows.forEach(
        (notation, row) -> {
          StringBuilder line = new StringBuilder("| " + notation + " | " + row.label + " |");
          for (int count : row.found) {
            line.append(' ').append(count).append(" |");
          }
          lines.add(line + String.format(Locale.ROOT, " %.3f |", row.distances / all(row)));
        });
    lines.add("");
    lines.add(
        String.format(
            Locale.ROOT,
            "%d of %d right (%.1f %%); distance: mean cosine distance to the nearest prototype",
            right(),
            images(),
            100.0 * right() / Math.max(1, images())));
    return lines;
  }
}
