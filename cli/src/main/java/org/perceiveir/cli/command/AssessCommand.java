package org.perceiveir.cli.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.assess.FileAssessment;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.cli.input.ImageFiles;
import org.perceiveir.cli.output.WholeFile;
import org.perceiveir.model.perceiver.PerceiverSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./perceive assess}. */
@Command(
    name = "assess",
    description = {
      "Tells the quality of image files: how likely each tier is (terrible, mediocre, excellent).",
      "A file that cannot be read is named, left out and counted."
    })
public final class AssessCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private PerceiverOption perceiver;

  @Option(
      names = "--input",
      paramLabel = "FILE|DIR",
      required = true,
      description = "A PNG or JPEG file, or a directory of them.")
  private Path input;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the assessments there.")
  private @Nullable Path json;

  @Override
  public Integer call() throws IOException {
    List<Path> files = Files.isRegularFile(input) ? List.of(input) : ImageFiles.in(input);
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    FileAssessment assessment;
    try (PerceiverSession session = perceiver.open()) {
      assessment = FileAssessment.of(session, files, out, err);
    }
    if (json != null) {
      WholeFile.write(json, assessment.toJson());
    }
    if (assessment.failed() > 0) {
      throw new CommandFailure(
          assessment.failed() + " of " + files.size() + " files could not be assessed",
          "the lines above say why; the others are done");
    }
    return 0;
  }
}
