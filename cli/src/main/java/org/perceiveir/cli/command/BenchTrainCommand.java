package org.perceiveir.cli.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.perceiveir.cli.bench.TrainBench;
import org.perceiveir.cli.bench.TrainReport;
import org.perceiveir.cli.bench.TrainSettings;
import org.perceiveir.cli.lifetime.Interruption;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.preset.PresetException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive bench train}. */
@Command(
    name = "train",
    description = {
      "Measures training: images/s, milliseconds a step, how long the network waits for its"
          + " batches, and peak memory, each case in a process of its own.",
      "Presets are trained without semantic guidance, with L1 alone.",
      "Close other programs first: figures of a busy machine are worth nothing."
    })
public final class BenchTrainCommand implements Callable<Integer> {
  /** Time to end a process and to delete. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Whether blocks are recomputed in the backward pass. */
  enum Checkpointing {
    /** They are kept. */
    OFF,
    /** They are recomputed. */
    ON,
    /** One after the other. */
    BOTH;

    List<Boolean> cases() {
      return switch (this) {
        case OFF -> List.of(false);
        case ON -> List.of(true);
        case BOTH -> List.of(false, true);
      };
    }
  }

  @Spec private CommandSpec spec;

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      split = ",",
      defaultValue = "compact",
      description = "Presets to measure, for instance compact,paper. Default: ${DEFAULT-VALUE}.")
  private List<String> presets;

  @Option(
      names = "--crops",
      paramLabel = "N",
      split = ",",
      defaultValue = "64",
      description = "Sides of the crops in pixels. Default: ${DEFAULT-VALUE}.")
  private List<Integer> crops;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "8",
      description = "Crops in a batch. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description = "Threads that share one operation; 0 for all processors.")
  private int threads;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "12",
      description = "Steps to measure, after two that warm up. Default: ${DEFAULT-VALUE}.")
  private int steps;

  @Option(
      names = "--gradient-checkpointing",
      paramLabel = "off|on|both",
      defaultValue = "both",
      description = "Whether blocks are recomputed in the backward pass. Default: both.")
  private Checkpointing checkpointing;

  @Mixin private ReportFiles files;

  @Override
  public Integer call() throws IOException, InterruptedException {
    TrainSettings settings;
    List<Preset> chosen;
    try {
      settings = new TrainSettings(crops, batch, threads, steps, checkpointing.cases());
      chosen = presets.stream().map(Preset::named).toList();
    } catch (PresetException e) {
      throw new ParameterException(spec.commandLine(), "--preset: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    PrintWriter out = spec.commandLine().getOut();
    try (Interruption interruption = Interruption.watch(PATIENCE)) {
      TrainReport report =
          new TrainBench(settings, TypedCommand.of(spec), interruption, out).run(chosen);
      files.publish(report, out);
    }
    return 0;
  }
}
