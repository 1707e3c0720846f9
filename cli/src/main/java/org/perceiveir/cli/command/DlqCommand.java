package org.perceiveir.cli.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive dlq}: the parent of the commands on dead letters. */
@Command(
    name = "dlq",
    description = "Counts, shows and replays dead letters.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {DlqSummaryCommand.class, DlqShowCommand.class, DlqReplayCommand.class})
public final class DlqCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "dlq needs to know what: summary, show or replay");
  }
}
