package org.perceiveir.cli.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive data}: the parent of what is done with data sets besides training on them. */
@Command(
    name = "data",
    description = "Looks at the images that a network is trained on.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = DataCheckCommand.class)
public final class DataCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "data needs to know what: check");
  }
}
