package org.perceiveir.cli.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.describe.CostReport;
import org.perceiveir.cli.describe.SwitchReport;
import org.perceiveir.model.bundle.FrozenEncoder;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.cost.NetworkCost;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.semantic.SemanticGuidance;
import org.perceiveir.streams.config.FrameSize;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive model describe}. */
@Command(
    name = "describe",
    description = {
      "Says what a network costs and where: parameters, multiply-accumulates and activation memory",
      "of each module, counted on the network's own graph."
    })
public final class ModelDescribeCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private PresetOptions preset;

  @Option(
      names = "--bundle",
      paramLabel = "DIR",
      description = "Describe the network of a model bundle instead of a preset.")
  private @Nullable Path bundle;

  @Option(
      names = "--size",
      paramLabel = "WxH",
      defaultValue = "256x256",
      converter = BenchRestoreCommand.SizeConverter.class,
      description = "Size of the frame. Default: ${DEFAULT-VALUE}.")
  private FrameSize size;

  @Option(
      names = "--switches",
      description = "Count the network with every combination of its modules switched off.")
  private boolean switches;

  @Mixin private ReportFiles files;

  @Override
  public Integer call() throws IOException {
    if (bundle != null && preset.isGiven()) {
      throw new ParameterException(
          spec.commandLine(), "--bundle and --preset exclude each other: leave one out");
    }
    Preset described;
    FrozenEncoder encoder;
    try {
      ModelBundle read = bundle == null ? null : ModelBundle.read(bundle);
      described = read == null ? preset.read() : read.preset().without(preset.off());
      Preset.Sgm sgm = described.sgm();
      FrozenEncoder named = sgm == null ? null : SemanticGuidance.publicEncoder(sgm);
      encoder = read == null ? named : read.encoder();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    ObjectNode figures;
    List<String> lines = new ArrayList<>();
    if (switches) {
      SwitchReport report = SwitchReport.of(described, size.width(), size.height());
      figures = report.json();
      lines.addAll(report.lines());
    } else {
      NetworkCost cost = NetworkCost.of(described, encoder, size.width(), size.height());
      CostReport report = new CostReport(cost);
      figures = report.json();
      lines.addAll(report.lines());
    }
    PrintWriter out = spec.commandLine().getOut();
    lines.forEach(out::println);
    out.flush();
    files.write(figures, lines);
    return 0;
  }
}
