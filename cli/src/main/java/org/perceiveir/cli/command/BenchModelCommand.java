package org.perceiveir.cli.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.bench.ModelBench;
import org.perceiveir.cli.bench.ModelReport;
import org.perceiveir.cli.bench.ModelSettings;
import org.perceiveir.cli.lifetime.Interruption;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.preset.PresetException;
import org.perceiveir.streams.config.FrameSize;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive bench model}. */
@Command(
    name = "model",
    description = {
      "Measures the network as it is served against the paper's formulas as they stand: milliseconds"
          + " a pass and images/s in alternating rounds of one process, peak memory in processes"
          + " of their own.",
      "Presets get random weights and no semantic guidance.",
      "Close other programs first: figures of a busy machine are worth nothing."
    })
public final class BenchModelCommand implements Callable<Integer> {
  /** Time to end a process and to delete. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Spec private CommandSpec spec;

  @ArgGroup(exclusive = true)
  private @Nullable Network network;

  /** Which networks. */
  static final class Network {
    @Option(
        names = "--preset",
        paramLabel = "NAME",
        split = ",",
        description = "Presets to measure, compact,paper,paper-nafnet by default.")
    private @Nullable List<String> presets;

    @Option(names = "--bundle", paramLabel = "DIR", description = "A model bundle to measure.")
    private @Nullable Path bundle;
  }

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "cpu",
      description = "auto, cpu or gpu:N. Default: ${DEFAULT-VALUE}.")
  private String device;

  @Option(
      names = "--sizes",
      paramLabel = "WxH",
      split = ",",
      defaultValue = "256x256",
      converter = BenchRestoreCommand.SizeConverter.class,
      description = "Frame sizes. Default: ${DEFAULT-VALUE}.")
  private List<FrameSize> sizes;

  @Option(
      names = "--batches",
      paramLabel = "N",
      split = ",",
      defaultValue = "1",
      description = "Frames in a pass. Default: ${DEFAULT-VALUE}.")
  private List<Integer> batches;

  @Option(
      names = "--threads",
      paramLabel = "N",
      split = ",",
      defaultValue = "1,2",
      description = "Threads that share one operation. Default: ${DEFAULT-VALUE}.")
  private List<Integer> threads;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "9",
      description = "How often each formulation is timed, in turn. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Mixin private ReportFiles files;

  @Override
  public Integer call() throws IOException, InterruptedException {
    ModelSettings settings;
    List<Preset> presets;
    Path bundle = network == null ? null : network.bundle;
    try {
      settings = new ModelSettings(sizes, batches, threads, rounds, device);
      presets = presets();
    } catch (PresetException e) {
      throw new ParameterException(spec.commandLine(), "--preset: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    PrintWriter out = spec.commandLine().getOut();
    try (Interruption interruption = Interruption.watch(PATIENCE)) {
      ModelBench bench = new ModelBench(settings, TypedCommand.of(spec), interruption, out);
      ModelReport report = bundle == null ? bench.presets(presets) : bench.bundle(bundle);
      files.publish(report, out);
    }
    return 0;
  }

  private List<Preset> presets() {
    List<String> names =
        network == null || network.presets == null ? Preset.shipped() : network.presets;
    return names.stream().map(Preset::named).toList();
  }
}
