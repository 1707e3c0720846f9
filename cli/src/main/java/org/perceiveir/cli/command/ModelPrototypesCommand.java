package org.perceiveir.cli.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.degradation.DegradationPrototypes;
import org.perceiveir.model.session.RestorationSession;
import org.perceiveir.model.session.SessionOptions;
import org.perceiveir.trainer.prototype.PrototypeImages;
import org.perceiveir.trainer.prototype.PrototypeReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./perceive model prototypes}. */
@Command(
    name = "prototypes",
    description = {
      "Lets a bundle tell degradations: degrades clean photographs, takes the mean direction of the",
      "network's feature vector Z for each degradation, and writes these prototypes into the bundle.",
      "The weights and the version stay as they are."
    })
public final class ModelPrototypesCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--bundle",
      paramLabel = "DIR",
      required = true,
      description = "Bundle that gets the prototypes; its network needs CFE.")
  private Path bundle;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      required = true,
      description = "Folder of clean photographs (PNG, JPEG) that the prototypes are made of.")
  private Path data;

  @Option(
      names = "--val",
      paramLabel = "DIR",
      description = "Folder of other clean photographs, to print how often the nearest is right.")
  private @Nullable Path val;

  @Option(
      names = "--degradation",
      paramLabel = "KIND",
      split = ",",
      description = {
        "What to do to the photographs, for instance noise:15,haze:0.85:1.",
        "Default: noise at 15, 25 and 50 and the others at their standard strength."
      })
  private @Nullable List<String> degradations;

  @Option(
      names = "--max-images",
      paramLabel = "N",
      defaultValue = "0",
      description = "Use the first N photographs of each folder by name only; 0 for all.")
  private int maxImages;

  @Override
  public Integer call() throws IOException {
    ModelBundle read = ModelBundle.read(bundle);
    if (read.preset().cfe() == null) {
      throw new CommandFailure(
          "the network of " + bundle + " has no compact feature extraction, which gives Z",
          "choose a bundle whose preset has cfe");
    }
    DegradationArguments.checkMaxImages(maxImages);
    PrototypeImages training = images("--data", data);
    PrototypeImages heldOut = val == null ? null : images("--val", val);
    PrintWriter out = spec.commandLine().getOut();
    try (RestorationSession session = RestorationSession.open(read, SessionOptions.defaults())) {
      DegradationPrototypes.Gatherer gatherer = new DegradationPrototypes.Gatherer();
      training.forEach((label, notation, image) -> gatherer.add(label, session.features(image)));
      DegradationPrototypes prototypes = gatherer.prototypes();
      if (heldOut != null) {
        PrototypeReport report = new PrototypeReport(prototypes);
        heldOut.forEach(
            (label, notation, image) ->
                report.add(label, notation, prototypes.nearest(session.features(image))));
        out.println(
            "nearest prototypes of " + heldOut.count() + " photographs of " + heldOut.folder());
        report.lines().forEach(out::println);
      }
      ModelBundle written = read.writeWith(bundle, prototypes);
      out.println(
          written
              + " in "
              + bundle
              + " now tells "
              + String.join(", ", prototypes.labels())
              + " ("
              + training.count()
              + " photographs of "
              + training.folder()
              + ")");
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(
          "the prototypes cannot be made: " + e.getMessage(), "use other photographs", e);
    }
    out.flush();
    return 0;
  }

  private PrototypeImages images(String option, Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new CommandFailure(
          option + " " + folder + " is no directory",
          "name a folder of clean PNG or JPEG photographs");
    }
    try {
      return PrototypeImages.of(folder, DegradationArguments.parse(degradations), maxImages);
    } catch (IllegalArgumentException e) {
      throw DegradationArguments.refused(e);
    }
  }
}
