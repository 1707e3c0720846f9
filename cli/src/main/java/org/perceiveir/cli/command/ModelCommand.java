package org.perceiveir.cli.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive model}: the parent of the commands about models. */
@Command(
    name = "model",
    description = "Looks at, converts and checks models.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = ModelDescribeCommand.class)
public final class ModelCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "model needs to know what: describe");
  }
}
