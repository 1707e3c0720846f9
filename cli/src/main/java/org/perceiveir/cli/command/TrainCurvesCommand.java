package org.perceiveir.cli.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.perceiveir.cli.curves.TrainingCurves;
import org.perceiveir.cli.output.WholeFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./perceive train curves}. */
@Command(
    name = "curves",
    description = {
      "Draws the PSNR of the validations of one or more trainings over their steps, a panel for",
      "each validation set."
    })
public final class TrainCurvesCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "[NAME=]DIR",
      arity = "1..*",
      description =
          "Folders of trainings (their --out), and what the picture shall call them; the folder's"
              + " name without.")
  private List<String> runs;

  @Option(names = "--png", paramLabel = "FILE", required = true, description = "The picture.")
  private Path png;

  @Override
  public Integer call() throws IOException {
    Map<String, Path> named = new LinkedHashMap<>();
    for (String run : runs) {
      int sign = run.indexOf('=');
      Path folder = Path.of(run.substring(sign + 1));
      Path last = folder.toAbsolutePath().normalize().getFileName();
      String name = sign > 0 ? run.substring(0, sign) : String.valueOf(last);
      if (named.put(name, folder) != null) {
        throw new ParameterException(
            spec.commandLine(),
            "two trainings are called '" + name + "': name them, as in first=DIR second=DIR");
      }
    }
    TrainingCurves curves = TrainingCurves.read(named);
    WholeFile.write(png, curves.png());
    spec.commandLine().getOut().printf("%s: %s%n", png, String.join(", ", curves.sets()));
    spec.commandLine().getOut().flush();
    return 0;
  }
}
