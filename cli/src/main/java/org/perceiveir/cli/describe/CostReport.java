package org.perceiveir.cli.describe;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.perceiveir.model.cost.ModuleCost;
import org.perceiveir.model.cost.NetworkCost;
import org.perceiveir.model.preset.Preset;

/** What one network costs, as Markdown that is fit for a terminal, and as JSON. */
public final class CostReport {
  private static final double MEBI = 1 << 20;

  private final NetworkCost cost;

  /** A report on a count. */
  public CostReport(NetworkCost cost) {
    this.cost = cost;
  }

  /** The lines of the report. */
  public List<String> lines() {
    ModuleCost total = cost.total();
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%s at %dx%d, batch 1: %,d parameters, %.2f GMACs, %.0f MiB kept for training,"
                + " %.0f MiB at the peak of inference",
            described(cost.preset()),
            cost.width(),
            cost.height(),
            total.parameters(),
            total.macs() / 1e9,
            total.keptBytes() / MEBI,
            cost.inferencePeakBytes() / MEBI));
    encoderLine().ifPresent(line -> lines.addAll(List.of("", line)));
    lines.add("");
    AlignedTable modules = table(2, "stage", "part");
    cost.modules().forEach(m -> row(modules, m, m.stage(), m.part()));
    row(modules, total, "total", "");
    lines.addAll(modules.lines());
    lines.add("");
    AlignedTable parts = table(1, "part");
    cost.byPart().forEach(m -> row(parts, m, m.part()));
    lines.addAll(parts.lines());
    return lines;
  }

  /** What the frozen encoder costs beside the network, if there is one. */
  private Optional<String> encoderLine() {
    Preset.Sgm sgm = cost.preset().sgm();
    NetworkCost.EncoderCost encoder = cost.encoder();
    if (sgm == null) {
      return Optional.empty();
    }
    String name = "frozen encoder " + sgm.encoder();
    return Optional.of(
        encoder == null
            ? "Not counted: " + name + ", whose sizes are not known."
            : String.format(
                Locale.ROOT,
                "Beside that, once a frame, the %s at %dx%d: %,d parameters, %.2f GMACs, %.0f MiB"
                    + " at its peak.",
                name,
                sgm.size(),
                sgm.size(),
                encoder.parameters(),
                encoder.macs() / 1e9,
                encoder.inferencePeakBytes() / MEBI));
  }

  /** The preset's name and what of the paper's modules it has. */
  static String described(Preset preset) {
    List<String> on = preset.modules().stream().map(Preset.Module::id).toList();
    return preset.name() + (on.isEmpty() ? " (plain)" : " (" + String.join(", ", on) + ")");
  }

  private static AlignedTable table(int textColumns, String... text) {
    List<String> head = new ArrayList<>(List.of(text));
    head.addAll(List.of("parameters", "share", "MMACs", "share", "kept MiB", "share"));
    return new AlignedTable(textColumns, head.toArray(new String[0]));
  }

  private void row(AlignedTable table, ModuleCost m, String... text) {
    ModuleCost total = cost.total();
    List<String> cells = new ArrayList<>(List.of(text));
    cells.add(String.format(Locale.ROOT, "%,d", m.parameters()));
    cells.add(share(m.parameters(), total.parameters()));
    cells.add(String.format(Locale.ROOT, "%,.1f", m.macs() / 1e6));
    cells.add(share(m.macs(), total.macs()));
    cells.add(String.format(Locale.ROOT, "%,.1f", m.keptBytes() / MEBI));
    cells.add(share(m.keptBytes(), total.keptBytes()));
    table.row(cells.toArray(new String[0]));
  }

  private static String share(long part, long whole) {
    return String.format(Locale.ROOT, "%.1f %%", 100.0 * part / Math.max(1, whole));
  }

  /** The same figures, not rounded. */
  public ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.set("preset", cost.preset().toJson());
    json.put("width", cost.width()).put("height", cost.height());
    put(json.putObject("total"), cost.total()).put("inferencePeakBytes", cost.inferencePeakBytes());
    ArrayNode modules = json.putArray("modules");
    for (ModuleCost m : cost.modules()) {
      put(modules.addObject().put("stage", m.stage()).put("part", m.part()), m);
    }
    NetworkCost.EncoderCost encoder = cost.encoder();
    if (encoder != null) {
      json.putObject("encoder")
          .put("parameters", encoder.parameters())
          .put("macs", encoder.macs())
          .put("inferencePeakBytes", encoder.inferencePeakBytes());
    }
    return json;
  }

  static ObjectNode put(ObjectNode json, ModuleCost m) {
    return json.put("parameters", m.parameters())
        .put("macs", m.macs())
        .put("keptBytes", m.keptBytes());
  }
}
