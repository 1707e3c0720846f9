package org.perceiveir.cli.command;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.perceiveir.cli.demo.SampleFeed;
import org.perceiveir.cli.lifetime.Interruption;
import org.perceiveir.cli.publish.FrameOutlet;
import org.perceiveir.streams.client.FramePublisher;
import org.perceiveir.streams.config.ServiceConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive sample}. */
@Command(
    name = "sample",
    description = {
      "Publishes drawn, degraded scenes as the frames of some cameras, until Ctrl-C.",
      "For a stack that has no cameras yet; publish sends images of your own."
    })
public final class SampleCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int MOST_SOURCES = 64;

  @Spec private CommandSpec spec;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      required = true,
      description = {
        "Java properties; docs/configuration.md lists the keys.",
        "Environment variables PERCEIVE_STREAMS_... override the keys of the file."
      })
  private Path configFile;

  @Option(
      names = "--sources",
      paramLabel = "N",
      defaultValue = "2",
      description = "Cameras, 1 to 64. Default: ${DEFAULT-VALUE}.")
  private int sources;

  @Option(
      names = "--fps",
      paramLabel = "F",
      defaultValue = "1",
      description = "Frames a second of each camera. Default: ${DEFAULT-VALUE}.")
  private double fps;

  @Option(
      names = "--frames",
      paramLabel = "N",
      defaultValue = "0",
      description = "Frames of all cameras together, 0 for no end. Default: ${DEFAULT-VALUE}.")
  private long frames;

  @Override
  public Integer call() throws InterruptedException {
    if (!(fps > 0 && fps <= 1000)) {
      throw new ParameterException(
          spec.commandLine(), "--fps is " + fps + ": it must lie above 0 and up to 1000");
    }
    if (sources < 1 || sources > MOST_SOURCES) {
      throw new ParameterException(
          spec.commandLine(),
          "--sources is " + sources + ": it must lie from 1 to " + MOST_SOURCES);
    }
    if (frames < 0) {
      throw new ParameterException(
          spec.commandLine(), "--frames is " + frames + ": it must be at least 0");
    }
    ServiceConfig config = ServiceConfig.load(Optional.of(configFile), System.getenv());
    try (Interruption interruption = Interruption.watch(PATIENCE);
        FramePublisher publisher = FramePublisher.open(config)) {
      long sent =
          new SampleFeed(new FrameOutlet(publisher, null, 0), sources, fps)
              .run(frames, interruption);
      spec.commandLine().getOut().println("published " + sent + " drawn frames");
      spec.commandLine().getOut().flush();
    }
    return 0;
  }
}
