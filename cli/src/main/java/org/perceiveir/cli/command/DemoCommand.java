package org.perceiveir.cli.command;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.demo.Demo;
import org.perceiveir.cli.demo.DemoSettings;
import org.perceiveir.cli.demo.Scenario;
import org.perceiveir.cli.lifetime.Interruption;
import org.perceiveir.imaging.degrade.DegradationType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive demo}. */
@Command(
    name = "demo",
    description = {
      "Sends degraded frames through Kafka and shows them beside the restored ones.",
      "Broker, schema registry and service run in this process; nothing is left behind."
    })
public final class DemoCommand implements Callable<Integer> {
  private static final int FRAMES = 300;
  private static final int FRAMES_WITH_PAGE = 1200;

  /** Time to drain, to close and to delete. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Spec private CommandSpec spec;

  @Mixin private ModelOptions model;

  @Mixin private PerceiverOption perceiver;

  @Option(
      names = "--frames",
      paramLabel = "N",
      description =
          "Frames over all sources. Default: " + FRAMES_WITH_PAGE + ", headless " + FRAMES + ".")
  private @Nullable Integer frames;

  @Option(
      names = "--input",
      paramLabel = "DIR|VIDEO",
      description =
          "Real frames (a directory of PNG and JPEG of any sizes, or a video file) instead of drawn"
              + " scenes; they go round.")
  private @Nullable Path input;

  @Option(
      names = "--sources",
      paramLabel = "K",
      defaultValue = "2",
      description = "Cameras that send at a time. Default: ${DEFAULT-VALUE}.")
  private int sources;

  @Option(
      names = "--scenario",
      paramLabel = "NAME",
      defaultValue = "steady",
      description = {
        "steady, or what goes wrong: overload (three times too many frames for a while; too old"
            + " ones are shed, camera-1's last), poison (the last camera sends records that are no"
            + " images), swap (the model is exchanged and exchanged back). Default:"
            + " ${DEFAULT-VALUE}."
      })
  private String scenario;

  @Option(
      names = "--degradation",
      paramLabel = "KIND",
      defaultValue = "mixed",
      completionCandidates = DegradationIds.class,
      description = "${COMPLETION-CANDIDATES} or mixed. Default: ${DEFAULT-VALUE}.")
  private String degradation;

  @Option(
      names = "--headless",
      description = "No page and, without --perceiver, no quality tiers: only the summary.")
  private boolean headless;

  @Option(
      names = "--port",
      paramLabel = "P",
      description = "Port of the page on localhost. Default: " + Demo.USUAL_PORT + " if free.")
  private @Nullable Integer port;

  @Option(names = "--report", paramLabel = "FILE", description = "Write the figures there as JSON.")
  private @Nullable Path report;

  @Option(
      names = "--picture",
      paramLabel = "FILE",
      description = "Write a before-and-after sheet there as PNG.")
  private @Nullable Path picture;

  @Override
  public Integer call() throws IOException, InterruptedException {
    DemoSettings settings;
    try {
      settings = settings();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    try (Interruption interruption = Interruption.watch(PATIENCE)) {
      new Demo(settings, interruption, spec.commandLine().getOut(), spec.commandLine().getErr())
          .run();
    }
    return 0;
  }

  private DemoSettings settings() {
    int count = headless ? FRAMES : FRAMES_WITH_PAGE;
    Optional<DegradationType> kind =
        degradation.equals("mixed")
            ? Optional.empty()
            : Optional.of(DegradationType.fromId(degradation));
    return new DemoSettings(
        frames == null ? count : frames,
        sources,
        Scenario.fromId(scenario),
        Optional.ofNullable(input),
        kind,
        !headless,
        port == null ? OptionalInt.empty() : OptionalInt.of(port),
        Optional.ofNullable(report),
        Optional.ofNullable(picture),
        model.directory(),
        perceiver.directory(!headless),
        model.device());
  }
}
