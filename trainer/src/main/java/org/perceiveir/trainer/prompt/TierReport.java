package org.perceiveir.trainer.prompt;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.perceiveir.model.perceiver.PerceiverForm;

/**
 * How often a perceiver found the right tier of images that it was not trained on.
 *
 * @param perceiver name and version of the bundle
 * @param tiers names of the tiers from the worst to the best
 * @param images what was judged, for instance the name of a folder
 * @param rows one for each degradation and tier, and one for the clean images
 */
public record TierReport(String perceiver, List<String> tiers, String images, List<Row> rows) {
  /** Copies the lists. */
  public TierReport {
    tiers = List.copyOf(tiers);
    rows = List.copyOf(rows);
  }

  /**
   * The images of one tier under one degradation.
   *
   * @param degradation model and strength, or {@code none} for clean images
   * @param tier the right one
   * @param found how many images were found to be of each tier, in the order of the tiers
   */
  public record Row(String degradation, String tier, List<Integer> found) {
    /** Copies the list. */
    public Row {
      found = List.copyOf(found);
    }

    /** Number of images. */
    public int count() {
      return found.stream().mapToInt(Integer::intValue).sum();
    }
  }

  /** The confusion matrix over all rows: a row for each right tier, a column for each found one. */
  public List<Row> overall() {
    List<Row> overall = new ArrayList<>();
    for (String tier : tiers) {
      int[] sums = new int[tiers.size()];
      for (Row row : rows) {
        if (row.tier().equals(tier)) {
          for (int i = 0; i < sums.length; i++) {
            sums[i] += row.found().get(i);
          }
        }
      }
      List<Integer> found = new ArrayList<>();
      for (int sum : sums) {
        found.add(sum);
      }
      overall.add(new Row("all", tier, found));
    }
    return overall;
  }

  /** Share of the images of a row whose tier was found; not a number where there are none. */
  public double share(Row row) {
    return (double) row.found().get(tiers.indexOf(row.tier())) / row.count();
  }

  /** The report as JSON. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("perceiver", perceiver).put("images", images).put("rule", PerceiverForm.RULE);
    ArrayNode names = json.putArray("tiers");
    tiers.forEach(names::add);
    put(json.putArray("overall"), overall());
    put(json.putArray("rows"), rows);
    return json;
  }

  private void put(ArrayNode list, List<Row> some) {
    for (Row row : some) {
      ObjectNode node = list.addObject();
      node.put("degradation", row.degradation()).put("tier", row.tier());
      ObjectNode found = node.putObject("found");
      for (int i = 0; i < tiers.size(); i++) {
        found.put(tiers.get(i), row.found().get(i));
      }
      if (row.count() > 0) {
        node.put("right", Math.round(share(row) * 1e4) / 1e4);
      }
    }
  }

  /** The report as a Markdown table that reads well in a terminal. */
  public List<String> lines() {
    int width = 24;
    for (Row row : rows) {
      width = Math.max(width, row.degradation().length());
    }
    List<String> lines = new ArrayList<>();
    StringBuilder head = new StringBuilder(cell("degradation", width, false));
    head.append(cell("right tier", 10, false));
    tiers.forEach(tier -> head.append(cell(tier, 9, true)));
    lines.add(head.append(cell("right", 7, true)).append('|').toString());
    StringBuilder rule = new StringBuilder("|" + "-".repeat(width + 2));
    rule.append('|').append("-".repeat(12));
    tiers.forEach(
        tier -> rule.append('|').append("-".repeat(Math.max(9, tier.length()) + 1) + ":"));
    lines.add(rule.append('|').append("-".repeat(8)).append(":|").toString());
    List<Row> all = new ArrayList<>(rows);
    all.addAll(overall());
    for (Row row : all) {
      StringBuilder line = new StringBuilder(cell(row.degradation(), width, false));
      line.append(cell(row.tier(), 10, false));
      for (int i = 0; i < tiers.size(); i++) {
        int column = Math.max(9, tiers.get(i).length());
        line.append(cell(String.valueOf(row.found().get(i)), column, true));
      }
      String share =
          row.count() == 0 ? "-" : String.format(Locale.ROOT, "%.1f %%", 100 * share(row));
      lines.add(line.append(cell(share, 7, true)).append('|').toString());
    }
    return lines;
  }

  private static String cell(String text, int width, boolean right) {
    String space = " ".repeat(Math.max(0, width - text.length()));
    return "| " + (right ? space + text : text + space) + " ";
  }
}
