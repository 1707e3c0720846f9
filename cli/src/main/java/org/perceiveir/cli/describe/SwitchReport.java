package org.perceiveir.cli.describe;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.perceiveir.model.cost.ModuleCost;
import org.perceiveir.model.cost.NetworkCost;
import org.perceiveir.model.preset.Preset;

/**
 * What a network costs with each combination of its modules (Table VI of the paper).
 *
 * <p>Combinations that come to the same network, as PGM goes when nothing is left to guide it, are
 * listed once.
 */
public final class SwitchReport {
  private final Map<Set<Preset.Module>, NetworkCost> costs;
  private final Preset preset;

  private SwitchReport(Preset preset, Map<Set<Preset.Module>, NetworkCost> costs) {
    this.preset = preset;
    this.costs = costs;
  }

  /** Counts all combinations of the modules that are switched on, from none to all. */
  public static SwitchReport of(Preset preset, int width, int height) {
    List<Preset.Module> on = List.copyOf(preset.modules());
    Map<Set<Preset.Module>, NetworkCost> costs = new LinkedHashMap<>();
    for (int kept = 0; kept < 1 << on.size(); kept++) {
      Set<Preset.Module> off = EnumSet.noneOf(Preset.Module.class);
      for (int m = 0; m < on.size(); m++) {
        if ((kept & 1 << m) == 0) {
          off.add(on.get(m));
        }
      }
      Preset switched = preset.without(off);
      costs.computeIfAbsent(switched.modules(), modules -> NetworkCost.of(switched, width, height));
    }
    return new SwitchReport(preset, costs);
  }

  /** The lines of the report, Markdown. */
  public List<String> lines() {
    List<Preset.Module> on = List.copyOf(preset.modules());
    List<String> head = new ArrayList<>(on.stream().map(Preset.Module::id).toList());
    NetworkCost any = costs.values().iterator().next();
    head.add("parameters");
    head.add("GMACs at " + any.width() + "x" + any.height());
    head.add("kept MiB");
    AlignedTable table = new AlignedTable(on.size(), head.toArray(new String[0]));
    costs.forEach(
        (modules, cost) -> {
          List<String> cells = new ArrayList<>();
          on.forEach(m -> cells.add(modules.contains(m) ? "x" : ""));
          ModuleCost total = cost.total();
          cells.add(String.format(Locale.ROOT, "%,d", total.parameters()));
          cells.add(String.format(Locale.ROOT, "%.2f", total.macs() / 1e9));
          cells.add(String.format(Locale.ROOT, "%,.0f", total.keptBytes() / (double) (1 << 20)));
          table.row(cells.toArray(new String[0]));
        });
    List<String> lines = new ArrayList<>(List.of(CostReport.described(preset), ""));
    lines.addAll(table.lines());
    return lines;
  }

  /** The same figures, not rounded. */
  public ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.set("preset", preset.toJson());
    ArrayNode combinations = json.putArray("combinations");
    costs.forEach(
        (modules, cost) -> {
          ObjectNode one = combinations.addObject();
          ArrayNode on = one.putArray("modules");
          modules.forEach(m -> on.add(m.id()));
          CostReport.put(one, cost.total());
        });
    return json;
  }
}
