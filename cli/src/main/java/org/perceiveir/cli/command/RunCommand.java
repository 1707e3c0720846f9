package org.perceiveir.cli.command;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.cli.lifetime.Interruption;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.pass.ModelIdentity;
import org.perceiveir.streams.service.Bundles;
import org.perceiveir.streams.service.PerceiveService;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./perceive run}. */
@Command(
    name = "run",
    description = {
      "Runs the restoration service against a Kafka cluster until Ctrl-C or SIGTERM.",
      "Each input record ends in one telemetry record, exactly once, in one transaction.",
      "Environment variables PERCEIVE_STREAMS_... override the keys of the file."
    })
public final class RunCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration LOOK = Duration.ofMillis(250);

  @Spec private CommandSpec spec;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      required = true,
      description = "Java properties; docs/configuration.md lists the keys.")
  private Path configFile;

  @Override
  public Integer call() throws InterruptedException {
    ServiceConfig config = ServiceConfig.load(Optional.of(configFile), System.getenv());
    try (Interruption interruption = Interruption.watch(PATIENCE);
        PerceiveService service = new PerceiveService(config, Bundles.of(config))) {
      service.start();
      ModelIdentity model = service.model().orElseThrow();
      say(
          "running: "
              + config.inputTopic()
              + " -> "
              + config.restoredTopic()
              + " on "
              + config.bootstrapServers()
              + ", model "
              + model);
      service.timeLimits().ifPresent(limits -> say("limits: " + limits.summary()));
      service.memoryLimits().ifPresent(room -> say("heap: " + room.formula()));
      service.observability().address().ifPresent(where -> say("metrics: " + where));
      while (!interruption.await(LOOK)) {
        if (service.state() == PerceiveService.State.FAILED) {
          Throwable cause = service.failure().orElse(null);
          throw new CommandFailure(
              "the service has failed: " + (cause == null ? "no cause known" : cause.getMessage()),
              "nothing is lost: start it again and it goes on where it committed",
              cause);
        }
      }
      say("ending: committing what is done ...");
    }
    return 0;
  }

  private void say(String line) {
    spec.commandLine().getOut().println(line);
    spec.commandLine().getOut().flush();
  }
}
