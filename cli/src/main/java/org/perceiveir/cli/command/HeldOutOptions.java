package org.perceiveir.cli.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.imaging.degrade.Degradation;
import org.perceiveir.imaging.degrade.DegradationType;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.perceiver.PerceiverSession;
import org.perceiveir.model.session.RestorationSession;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.model.session.SessionOptions;
import org.perceiveir.trainer.prompt.TierEvaluation;
import org.perceiveir.trainer.prompt.TierReport;
import picocli.CommandLine.Option;

/** Images that a perceiver has not seen, and what makes its tiers of them. */
final class HeldOutOptions {

  @Option(
      names = "--val",
      paramLabel = "DIR",
      required = true,
      description = "Folder of clean images that the training has not seen.")
  private Path val;

  @Option(
      names = "--restorer",
      paramLabel = "[KIND=]BUNDLE",
      description = {
        "Bundle whose results are of the middle tier; with KIND= for one degradation only,",
        "for instance --restorer blur=DIR. Default: the shipped one (models/compact)."
      })
  private List<String> restorers = new ArrayList<>();

  @Option(
      names = "--degradation",
      paramLabel = "KIND",
      split = ",",
      description = {
        "What to do to the images, for instance noise:15,haze:0.85:1.",
        "Default: noise at 15, 25 and 50 and the others at their standard strength."
      })
  private @Nullable List<String> degradations;

  @Option(
      names = "--max-images",
      paramLabel = "N",
      defaultValue = "0",
      description = "Use the first N images by name only; 0 for all.")
  private int maxImages;

  /**
   * Looks for folder and bundles; for before long work.
   *
   * @throws CommandFailure naming what is missing
   */
  void check() {
    if (!Files.isDirectory(val)) {
      throw new CommandFailure(
          "--val " + val + " is no directory", "name a folder of clean PNG or JPEG images");
    }
    List<Degradation> unused = DegradationArguments.parse(degradations);
    DegradationArguments.checkMaxImages(maxImages);
    Map<String, Path> needed = bundles();
    needed.putIfAbsent("", ModelOptions.shipped());
    for (Path bundle : needed.values()) {
      if (!Files.isRegularFile(bundle.resolve(ModelBundle.MODEL_FILE))) {
        throw new CommandFailure(
            "--restorer " + bundle + " holds no model bundle (no " + ModelBundle.MODEL_FILE + ")",
            "name the directory of a bundle, or KIND=DIR for one degradation");
      }
    }
  }

  /** Judges all images. */
  TierReport judge(PerceiverSession perceiver) throws IOException {
    Map<String, Path> bundles = bundles();
    List<RestorationSession> open = new ArrayList<>();
    try {
      Restorer usual = open(bundles.getOrDefault("", ModelOptions.shipped()), open);
      Map<DegradationType, Restorer> special = new EnumMap<>(DegradationType.class);
      for (Map.Entry<String, Path> entry : bundles.entrySet()) {
        if (!entry.getKey().isEmpty()) {
          special.put(DegradationType.fromId(entry.getKey()), open(entry.getValue(), open));
        }
      }
      return TierEvaluation.run(
          perceiver,
          new TierEvaluation.Restorers(usual, special),
          val,
          DegradationArguments.parse(degradations),
          maxImages);
    } finally {
      open.forEach(RestorationSession::close);
    }
  }

  private static Restorer open(Path bundle, List<RestorationSession> all) throws IOException {
    RestorationSession session =
        RestorationSession.open(ModelBundle.read(bundle), SessionOptions.defaults());
    all.add(session);
    return session;
  }

  /** Directories by kind of degradation, the usual one under no name. */
  private Map<String, Path> bundles() {
    Map<String, Path> bundles = new LinkedHashMap<>();
    for (String text : restorers) {
      int equals = text.indexOf('=');
      String kind = equals < 0 ? "" : text.substring(0, equals);
      try {
        if (!kind.isEmpty()) {
          DegradationType.fromId(kind);
        }
      } catch (IllegalArgumentException e) {
        throw new CommandFailure(
            "--restorer " + text + ": " + e.getMessage(), "write DIR or KIND=DIR", e);
      }
      if (bundles.put(kind, Path.of(text.substring(equals + 1))) != null) {
        throw new CommandFailure(
            "--restorer " + text + " is the second one of its kind", "give one of them only");
      }
    }
    return bundles;
  }

  /** Prints a report as a table. */
  static void print(TierReport report, PrintWriter out) {
    out.println("tiers found by perceiver " + report.perceiver() + " on " + report.images());
    report.lines().forEach(out::println);
    out.flush();
  }
}
