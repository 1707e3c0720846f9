package org.perceiveir.cli.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive train}: the parent of the trainings. */
@Command(
    name = "train",
    description = "Trains a network.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      TrainCurvesCommand.class,
      TrainMediocreCommand.class,
      TrainPromptsCommand.class,
      TrainRestorationCommand.class,
      TrainVariantsCommand.class
    })
public final class TrainCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "train needs to know what: curves, mediocre, prompts, restoration or variants");
  }
}
