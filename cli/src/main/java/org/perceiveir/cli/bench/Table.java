package org.perceiveir.cli.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows under headings, for a terminal and for Markdown; all but the first column are figures. */
final class Table {
  private final String title;
  private final List<List<String>> rows = new ArrayList<>();

  Table(String title, String... headings) {
    this.title = title;
    rows.add(List.of(headings));
  }

  /** Adds a row with as many cells as there are headings. */
  void row(String... cells) {
    if (cells.length != rows.get(0).size()) {
      throw new IllegalArgumentException(
          cells.length + " cells under " + rows.get(0).size() + " headings");
    }
    rows.add(List.of(cells));
  }

  /** Aligned columns. */
  List<String> toLines() {
    int[] widths = new int[rows.get(0).size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    List<String> lines = new ArrayList<>();
    lines.add(title);
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder("  ");
      for (int i = 0; i < widths.length; i++) {
        String padding = " ".repeat(widths[i] - row.get(i).length());
        line.append(i == 0 ? row.get(i) + padding : "  " + padding + row.get(i));
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }

  /** A heading and a table. */
  List<String> toMarkdown() {
    List<String> lines = new ArrayList<>(List.of("## " + title, ""));
    for (int i = 0; i < rows.size(); i++) {
      lines.add("| " + String.join(" | ", rows.get(i)) + " |");
      if (i == 0) {
        String[] rules = new String[rows.get(0).size()];
        Arrays.fill(rules, "---:");
        rules[0] = "---";
        lines.add("| " + String.join(" | ", rules) + " |");
      }
    }
    return lines;
  }
}
