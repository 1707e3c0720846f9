package org.perceiveir.cli.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import org.perceiveir.trainer.Provenance;
import picocli.CommandLine.Model.CommandSpec;

/** What the records of a training say of the program that ran it. */
final class RunProvenance {
  private RunProvenance() {}

  /**
   * This command line, this version and, where it runs in a checkout, this commit.
   *
   * @param config every value in force
   */
  static Provenance of(CommandSpec spec, ObjectNode config) {
    String home = System.getProperty("perceive.home", "");
    return new Provenance(
        TypedCommand.of(spec),
        BuildVersion.project(),
        home.isEmpty() ? "" : GitCommit.of(Path.of(home)).orElse(""),
        config);
  }
}
