package org.perceiveir.cli.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive bench}: the parent of the measurements. */
@Command(
    name = "bench",
    description = "Measures this machine.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      BenchRestoreCommand.class,
      BenchPipelineCommand.class,
      BenchModelCommand.class,
      BenchTrainCommand.class,
      BenchTilesCommand.class,
      BenchSoakCommand.class
    })
public final class BenchCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "bench needs to know what: restore, pipeline, model, train, tiles or soak");
  }
}
