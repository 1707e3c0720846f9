package org.perceiveir.cli.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.perceiveir.cli.bench.SoakBench;
import org.perceiveir.cli.bench.SoakReport;
import org.perceiveir.cli.bench.SoakSettings;
import org.perceiveir.cli.lifetime.Interruption;
import org.perceiveir.streams.config.FrameSize;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive bench soak}. */
@Command(
    name = "soak",
    description = {
      "Lets the service run in a process of its own, exchanges its model again and again, and",
      "watches its resident memory: the slope in MiB an hour, and whether the books balance."
    })
public final class BenchSoakCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int SAMPLES = 720;

  @Spec private CommandSpec spec;

  @Option(
      names = "--minutes",
      paramLabel = "M",
      defaultValue = "60",
      description = "How long frames come. Default: ${DEFAULT-VALUE}.")
  private double minutes;

  @Option(
      names = "--reload-seconds",
      paramLabel = "S",
      defaultValue = "30",
      description = "Time between two exchanges of the model. Default: ${DEFAULT-VALUE}.")
  private int reloadSeconds;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "4",
      description = "Frames a second. Default: ${DEFAULT-VALUE}.")
  private double rate;

  @Option(
      names = "--size",
      paramLabel = "WxH",
      defaultValue = "256x144",
      converter = BenchRestoreCommand.SizeConverter.class,
      description = "Size of the frames. Default: ${DEFAULT-VALUE}.")
  private FrameSize size;

  @Option(
      names = "--heap",
      paramLabel = "MIB",
      defaultValue = "1024",
      description = "Heap of the service's process. Default: ${DEFAULT-VALUE}.")
  private int heap;

  @Option(
      names = "--bundle",
      paramLabel = "DIR",
      description = "Model bundle; the shipped one (models/compact) by default.")
  private Path bundle = ModelOptions.shipped();

  @Mixin private PerceiverOption perceiver;

  @Mixin private ReportFiles files;

  @Override
  public Integer call() throws IOException, InterruptedException {
    SoakSettings settings;
    Duration duration = Duration.ofMillis(Math.round(minutes * 60_000));
    try {
      settings =
          new SoakSettings(
              duration,
              Duration.ofSeconds(reloadSeconds),
              Duration.ofMillis(Math.max(500, duration.toMillis() / SAMPLES)),
              rate,
              size,
              heap,
              bundle,
              perceiver.directory());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    PrintWriter out = spec.commandLine().getOut();
    try (Interruption interruption = Interruption.watch(PATIENCE)) {
      SoakReport report = new SoakBench(settings, TypedCommand.of(spec), interruption, out).run();
      files.publish(report, out);
    }
    return 0;
  }
}
