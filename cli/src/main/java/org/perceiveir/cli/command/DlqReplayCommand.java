package org.perceiveir.cli.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.lifetime.Interruption;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.letters.DeadLetterBox;
import org.perceiveir.streams.letters.LetterFilter;
import org.perceiveir.streams.letters.LetterReplay;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive dlq replay}. */
@Command(
    name = "replay",
    description = {
      "Sends dead letters into the input topic again, in one transaction: all or none.",
      "Bytes, key and headers are those of the input record; the headers perceive.replay.attempt",
      "and perceive.replay.of mark the replay. A letter stays in its topic, so name the same",
      "letters twice only if they are to be restored twice."
    })
public final class DlqReplayCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Spec private CommandSpec spec;

  @Mixin private ConfigOption config;

  @ArgGroup(multiplicity = "1")
  private Which which = new Which();

  @Option(
      names = {"--max-replays", "--max-attempts"},
      paramLabel = "N",
      defaultValue = "3",
      description =
          "Leave out letters that have been sent again so often. Default: ${DEFAULT-VALUE}.")
  private int maxReplays;

  @Option(names = "--dry-run", description = "Say what would be sent, send nothing.")
  private boolean dryRun;

  static final class Which {
    @Option(names = "--all", required = true, description = "All letters.")
    private boolean all;

    @Option(
        names = "--reason",
        paramLabel = "R",
        required = true,
        description = "Letters of this reason; dlq summary lists them.")
    private @Nullable String reason;

    @ArgGroup(exclusive = false)
    private @Nullable LetterPlace place;
  }

  @Override
  public Integer call() throws IOException {
    if (maxReplays < 1) {
      throw new ParameterException(
          spec.commandLine(), "--max-replays is " + maxReplays + ": it must be at least 1");
    }
    return config.use(this::replay);
  }

  private void replay(ServiceConfig service) {
    LetterReplay done;
    try (Interruption interruption = Interruption.watch(PATIENCE);
        DeadLetterBox box = DeadLetterBox.open(service)) {
      LetterPlace place = which.place;
      if (place != null) {
        done =
            box.replay(
                    place.partition(),
                    place.offset(),
                    maxReplays,
                    dryRun,
                    interruption::isRequested)
                .orElseThrow(() -> DlqShowCommand.noSuchLetter(service, place));
      } else {
        LetterFilter filter =
            which.all || which.reason == null
                ? LetterFilter.ALL
                : LetterFilter.reason(which.reason);
        done = box.replay(filter, maxReplays, dryRun, interruption::isRequested);
      }
    }
    PrintWriter out = spec.commandLine().getOut();
    out.println(
        (dryRun ? "would send " : "sent ") + done.sent() + " records into " + service.inputTopic());
    say(out, done.atLimit(), "have been sent again " + maxReplays + " times: --max-replays");
    say(out, done.superseded(), "died again after a replay: their last letter counts");
    say(out, done.cut(), "are cut: the record is not whole");
    say(out, done.foreign(), "do not tell which input record they were");
    out.flush();
  }

  private static void say(PrintWriter out, long count, String why) {
    if (count > 0) {
      out.println("left out " + count + " that " + why);
    }
  }
}
