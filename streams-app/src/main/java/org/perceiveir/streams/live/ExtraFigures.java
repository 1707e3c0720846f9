package org.perceiveir.streams.live;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Figures of a program that runs the service and knows more than it, such as the demo, which knows
 * the undamaged frames. All of it is shown as text.
 *
 * @param title over the table
 * @param figures shown at the top
 * @param columns heads of the table; the first column names its row
 * @param rows cells of the table, a list as long as {@code columns} for each row
 * @param notes one line for each source that has one, by its name
 * @param message how the run ended; empty while it goes on
 */
public record ExtraFigures(
    String title,
    List<Figure> figures,
    List<String> columns,
    List<List<String>> rows,
    Map<String, String> notes,
    Optional<String> message) {

  /** Copies everything. */
  public ExtraFigures {
    figures = List.copyOf(figures);
    columns = List.copyOf(columns);
    rows = rows.stream().map(List::copyOf).toList();
    notes = Map.copyOf(notes);
  }

  /**
   * One figure.
   *
   * @param name what it is
   * @param value as it is shown
   * @param unit behind it, may be empty
   * @param note a line below it, may be empty
   */
  public record Figure(String name, String value, String unit, String note) {}
}
