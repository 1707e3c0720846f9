package org.perceiveir.cli.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive model}: the parent of what is done with models besides training them. */
@Command(
    name = "model",
    description = {
      "Describes models, takes in public weights, lets bundles tell degradations;",
      "exchanges the models of running services."
    },
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ModelDescribeCommand.class,
      ModelImportCommand.class,
      ModelPrototypesCommand.class,
      ModelLoadCommand.class,
      ModelUnloadCommand.class,
      ModelStatusCommand.class,
      ModelShadowCommand.class
    })
public final class ModelCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "model needs to know what: describe, import, prototypes, load, unload, status or shadow");
  }
}
