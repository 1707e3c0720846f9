package org.perceiveir.cli.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import org.perceiveir.cli.lifetime.Interruption;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.log.PlainText;
import org.perceiveir.streams.replay.SourceReplay;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive replay}. */
@Command(
    name = "replay",
    description = {
      "Sends what one source sent in a span of time once more, into the input topic.",
      "In one transaction: all or none. Frames keep their identity; the headers perceive.replay.attempt and",
      "perceive.replay.of mark the replay. Records that are replays themselves are left out."
    })
public final class ReplayCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Spec private CommandSpec spec;

  @Mixin private ConfigOption config;

  @Option(
      names = "--source",
      paramLabel = "S",
      required = true,
      description = "The source in the frame, or the key of a record that is no frame.")
  private String source;

  @Option(
      names = "--from",
      paramLabel = "T",
      required = true,
      converter = TimeConverter.class,
      description = "First record time: 2026-11-24T10:00:00Z, or milliseconds since 1970.")
  private Instant from;

  @Option(
      names = "--to",
      paramLabel = "T",
      required = true,
      converter = TimeConverter.class,
      description = "First record time that is left out.")
  private Instant to;

  @Option(names = "--dry-run", description = "Say what would be sent, send nothing.")
  private boolean dryRun;

  @Override
  public Integer call() throws IOException {
    if (!from.isBefore(to)) {
      throw new ParameterException(
          spec.commandLine(), "--from " + from + " is not before --to " + to);
    }
    return config.use(this::replay);
  }

  private void replay(ServiceConfig service) {
    SourceReplay.Selection selection;
    try (Interruption interruption = Interruption.watch(PATIENCE);
        SourceReplay replay = SourceReplay.open(service)) {
      selection = replay.select(source, from, to, interruption::isRequested);
      if (!dryRun) {
        replay.send(selection, interruption::isRequested);
      }
    }
    PrintWriter out = spec.commandLine().getOut();
    out.println(
        (dryRun ? "would send " : "sent ")
            + selection.records().size()
            + " records of "
            + PlainText.of(source)
            + " into "
            + service.inputTopic());
    if (selection.replays() > 0) {
      out.println("left out " + selection.replays() + " that are replays themselves");
    }
    out.flush();
  }
}
