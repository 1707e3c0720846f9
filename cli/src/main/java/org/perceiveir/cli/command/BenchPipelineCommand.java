package org.perceiveir.cli.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.perceiveir.cli.bench.PipelineBench;
import org.perceiveir.cli.bench.PipelineReport;
import org.perceiveir.cli.bench.PipelineSettings;
import org.perceiveir.cli.bench.ServiceMode;
import org.perceiveir.cli.lifetime.Interruption;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.model.session.RestorationSession;
import org.perceiveir.streams.config.FrameSize;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive bench pipeline}. */
@Command(
    name = "pipeline",
    description = {
      "Measures the service against the bare network, against a plain consumer-producer loop, and"
          + " its latency at 80 %% load.",
      "Broker and schema registry run in this process; nothing is left behind. The books of every"
          + " run must balance.",
      "Close other programs first: figures of a busy machine are worth nothing."
    })
public final class BenchPipelineCommand implements Callable<Integer> {
  /** Time to close a service and to delete. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Spec private CommandSpec spec;

  @Mixin private ModelOptions model;

  @Option(
      names = "--size",
      paramLabel = "WxH",
      defaultValue = "256x256",
      converter = BenchRestoreCommand.SizeConverter.class,
      description = "Size of the frames. Default: ${DEFAULT-VALUE}.")
  private FrameSize size;

  @Option(
      names = "--encoding",
      paramLabel = "png|jpeg|rgb8",
      defaultValue = "rgb8",
      description =
          "Encoding of the frames, both ways; rgb8 costs no codec. Default: ${DEFAULT-VALUE}.")
  private ImageFormat encoding;

  @Option(
      names = "--frames",
      paramLabel = "N",
      defaultValue = "400",
      description = "Frames of a run with the network. Default: ${DEFAULT-VALUE}.")
  private int frames;

  @Option(
      names = "--records",
      paramLabel = "N",
      defaultValue = "6000",
      description =
          "Records of a run without the network; they take about 0.5 MB of disk each for a while."
              + " Default: ${DEFAULT-VALUE}.")
  private int records;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "How often each variant runs, in turn. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "8",
      description = "batch.max.size of the service. Default: ${DEFAULT-VALUE}.")
  private int batchSize;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "2",
      description = "stream.threads of the service. Default: ${DEFAULT-VALUE}.")
  private int threads;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "20",
      description = "How long latency is measured. Default: ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(
      names = "--warmup-seconds",
      paramLabel = "S",
      defaultValue = "5",
      description = "How long the load runs before that. Default: ${DEFAULT-VALUE}.")
  private int warmupSeconds;

  @Option(
      names = "--modes",
      paramLabel = "MODE",
      split = ",",
      defaultValue = "async,blocking,async_at_least_once",
      description = "Ways to run the service. Default: ${DEFAULT-VALUE}.")
  private List<ServiceMode> modes;

  @Mixin private ReportFiles files;

  @Override
  public Integer call() throws IOException, InterruptedException {
    PipelineSettings settings;
    try {
      settings =
          new PipelineSettings(
              size,
              encoding,
              frames,
              records,
              rounds,
              batchSize,
              threads,
              seconds,
              warmupSeconds,
              modes,
              model.directory(),
              model.device());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    PrintWriter out = spec.commandLine().getOut();
    try (Interruption interruption = Interruption.watch(PATIENCE);
        RestorationSession network = model.open()) {
      PipelineReport report =
          new PipelineBench(settings, network, TypedCommand.of(spec), interruption, out).run();
      files.publish(report, out);
    }
    return 0;
  }
}
