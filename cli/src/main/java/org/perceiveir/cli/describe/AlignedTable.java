package org.perceiveir.cli.describe;

import java.util.ArrayList;
import java.util.List;

/** A Markdown table whose columns are aligned, so that it reads well in a terminal too. */
public final class AlignedTable {
  private final int textColumns;
  private final List<List<String>> rows = new ArrayList<>();

  /**
   * A table with no rows.
   *
   * @param textColumns how many columns from the left hold text; the others hold numbers
   * @param head names of the columns
   */
  public AlignedTable(int textColumns, String... head) {
    this.textColumns = textColumns;
    rows.add(List.of(head));
  }

  /** Adds a row with as many cells as the head has. */
  public void row(String... cells) {
    if (cells.length != rows.get(0).size()) {
      throw new IllegalArgumentException(cells.length + " cells for " + rows.get(0));
    }
    rows.add(List.of(cells));
  }

  /** The head, the rule and the rows. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder("|");
      for (int c = 0; c < row.size(); c++) {
        String space = " ".repeat(width(c) - row.get(c).length());
        String cell = row.get(c);
        line.append(' ').append(c < textColumns ? cell + space : space + cell).append(" |");
      }
      lines.add(line.toString());
      if (lines.size() == 1) {
        lines.add(rule());
      }
    }
    return lines;
  }

  private String rule() {
    StringBuilder line = new StringBuilder("|");
    for (int c = 0; c < rows.get(0).size(); c++) {
      String dashes = "-".repeat(width(c) + 1);
      line.append(c < textColumns ? dashes + "-" : dashes + ":").append('|');
    }
    return line.toString();
  }

  private int width(int column) {
    return rows.stream().mapToInt(r -> r.get(column).length()).max().orElse(0);
  }
}
