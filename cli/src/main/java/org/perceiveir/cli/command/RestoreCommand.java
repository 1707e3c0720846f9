package org.perceiveir.cli.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.cli.input.ImageFiles;
import org.perceiveir.cli.restore.FileRestoration;
import org.perceiveir.model.session.RestorationSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./perceive restore}. */
@Command(
    name = "restore",
    description = {
      "Restores image files, without Kafka.",
      "Results are PNG files under the same base name; files that share one keep their whole name."
    })
public final class RestoreCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private ModelOptions model;

  @Option(
      names = "--input",
      paramLabel = "FILE|DIR",
      required = true,
      description = "A PNG or JPEG file, or a directory of them.")
  private Path input;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      required = true,
      description = "Directory for the results, made if absent.")
  private Path output;

  @Override
  public Integer call() throws IOException {
    if (Files.exists(output) && !Files.isDirectory(output)) {
      throw new CommandFailure("--output " + output + " is no directory", "name a directory");
    }
    List<Path> files = Files.isRegularFile(input) ? List.of(input) : ImageFiles.in(input);
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    int failed;
    try (RestorationSession session = model.open()) {
      failed = new FileRestoration(session, out, err).restore(files, output);
    }
    if (failed > 0) {
      throw new CommandFailure(
          failed + " of " + files.size() + " files could not be restored",
          "the lines above say why; the others are done");
    }
    return 0;
  }
}
