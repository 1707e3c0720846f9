package org.perceiveir.cli.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.input.ImageFiles;
import org.perceiveir.imaging.degrade.Degradation;
import org.perceiveir.imaging.degrade.Degradations;
import org.perceiveir.imaging.degrade.GaussianNoise;
import org.perceiveir.trainer.data.ImagePairs;
import org.perceiveir.trainer.data.PairSets;
import org.perceiveir.trainer.data.layout.DataSet;
import org.perceiveir.trainer.data.layout.PairRule;
import org.perceiveir.trainer.evaluation.FolderImages;
import org.perceiveir.trainer.evaluation.TestSet;
import picocli.CommandLine.Option;

/** Which images are evaluated. */
final class TestSetOptions {
  private static final double MAX_SIGMA = 255;

  @Option(
      names = "--clean",
      paramLabel = "DIR",
      description = "Folder of clean images, which are degraded here.")
  private @Nullable Path clean;

  @Option(
      names = "--dataset",
      paramLabel = "NAME=ROOT",
      description = {
        "A published test set by its usual folders: cbsd68, urban100, kodak24 (degraded here),"
            + " sots, rain100l, gopro, lol, uieb (pairs). May be given several times."
      })
  private Map<String, Path> datasets = new LinkedHashMap<>();

  @Option(
      names = "--input",
      paramLabel = "DIR",
      description =
          "Folder of degraded images. Without --target only metrics without a truth are measured.")
  private @Nullable Path input;

  @Option(
      names = "--target",
      paramLabel = "DIR",
      description = "Folder with the truth of the images of --input.")
  private @Nullable Path target;

  @Option(
      names = "--pair-by",
      paramLabel = "RULE",
      defaultValue = "equal",
      description =
          "How names of --input and --target belong together: equal, prefix (up to the first"
              + " underscore), number (the first one) or 'REGEX -> REPLACEMENT'. Default:"
              + " ${DEFAULT-VALUE}.")
  private String pairBy;

  @Option(
      names = "--noise",
      paramLabel = "SIGMA",
      split = ",",
      description = "Gaussian noise, standard deviations in 8-bit units, for instance 15,25,50.")
  private @Nullable List<Double> noise;

  @Option(
      names = "--degradation",
      paramLabel = "KIND",
      split = ",",
      completionCandidates = DegradationIds.class,
      description =
          "Further degradations: ${COMPLETION-CANDIDATES} or jpeg at their standard strength, with"
              + " numbers (jpeg:30) or as mixtures (haze+noise:15+jpeg:60).")
  private @Nullable List<String> degradations;

  /**
   * Checks what does not need the disk.
   *
   * @throws IllegalArgumentException naming the option
   */
  void check() {
    if (target != null && input == null) {
      throw new IllegalArgumentException(
          "--target " + target + " is the truth of no image: give --input DIR as well");
    }
    if (clean == null && input == null && datasets.isEmpty()) {
      throw new IllegalArgumentException(
          "nothing to evaluate: give --clean DIR, --input DIR with or without --target DIR, or"
              + " --dataset NAME=ROOT");
    }
    List<Degradation> chosen = chosen();
    boolean degrades = clean != null;
    for (String name : datasets.keySet()) {
      degrades |= dataSet(name).isClean();
    }
    if (!chosen.isEmpty() && !degrades) {
      throw new IllegalArgumentException(
          "--noise and --degradation need clean images: give --clean DIR or a data set of clean"
              + " images");
    }
    rule();
  }

  private static DataSet dataSet(String name) {
    try {
      return DataSet.of(name);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--dataset: " + e.getMessage(), e);
    }
  }

  private PairRule rule() {
    try {
      return PairRule.parse(pairBy);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--pair-by: " + e.getMessage(), e);
    }
  }

  /** What was asked for; empty if nothing was. */
  private List<Degradation> chosen() {
    List<Degradation> chosen = new ArrayList<>();
    for (double sigma : noise == null ? List.<Double>of() : noise) {
      if (!(sigma > 0 && sigma <= MAX_SIGMA)) {
        throw new IllegalArgumentException(
            "--noise " + sigma + " is outside 0 to 255 (standard deviation in 8-bit units)");
      }
      chosen.add(new GaussianNoise(sigma));
    }
    for (String text : degradations == null ? List.<String>of() : degradations) {
      chosen.add(Degradations.parse(text));
    }
    return chosen;
  }

  private List<Degradation> chosenOr(List<Degradation> usual) {
    List<Degradation> chosen = chosen();
    return chosen.isEmpty() ? usual : chosen;
  }

  /**
   * Opens the sets; headers are read, images are decoded when their turn comes.
   *
   * @throws IOException if a folder cannot be used
   */
  List<TestSet> open() throws IOException {
    List<TestSet> sets = new ArrayList<>();
    if (clean != null) {
      for (Degradation degradation : chosenOr(Degradations.standardSet())) {
        sets.add(TestSet.degraded(PairSets.degraded(clean, degradation), degradation));
      }
    }
    for (Map.Entry<String, Path> entry : datasets.entrySet()) {
      Path root = entry.getValue();
      if (!dataSet(entry.getKey()).isClean()) {
        sets.add(TestSet.pairs(PairSets.named(entry.getKey(), root)));
        continue;
      }
      // The paper degrades its clean sets with noise alone.
      for (Degradation degradation : chosenOr(Degradations.reportedNoise())) {
        ImagePairs pairs = PairSets.named(entry.getKey(), root, degradation);
        sets.add(TestSet.degraded(pairs, degradation));
      }
    }
    if (input != null) {
      sets.add(
          target == null
              ? TestSet.real(
                  ImageFiles.name(input.toAbsolutePath().normalize()), FolderImages.in(input))
              : TestSet.pairs(PairSets.folders(input, target, rule())));
    }
    return sets;
  }
}
