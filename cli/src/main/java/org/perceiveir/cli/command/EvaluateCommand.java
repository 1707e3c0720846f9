package org.perceiveir.cli.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.output.WholeFile;
import org.perceiveir.imaging.degrade.DegradationType;
import org.perceiveir.model.session.RestorationSession;
import org.perceiveir.trainer.evaluation.Evaluation;
import org.perceiveir.trainer.evaluation.EvaluationConfig;
import org.perceiveir.trainer.evaluation.EvaluationReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive evaluate}. */
@Command(
    name = "evaluate",
    description = {
      "Degrades clean images with fixed seeds, restores them and measures PSNR and SSIM.",
      "Without --noise and --degradation all five degradations are measured."
    })
public final class EvaluateCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private ModelOptions model;

  @Option(
      names = "--clean",
      paramLabel = "DIR",
      required = true,
      description = "Folder of clean images (PNG, JPEG).")
  private Path clean;

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
      description = "haze, rain, blur, low-light, at their standard strength.")
  private @Nullable List<String> degradations;

  @Option(
      names = "--max-images",
      paramLabel = "N",
      defaultValue = "0",
      description = "Use the first N images by name only; 0 for all.")
  private int maxImages;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the report there.")
  private @Nullable Path json;

  @Override
  public Integer call() throws IOException {
    EvaluationConfig config;
    try {
      config = config();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    EvaluationReport report;
    try (RestorationSession session = model.open()) {
      System.out.printf(
          "%s %s on %s%n", session.bundleName(), session.bundleVersion(), session.device());
      report = Evaluation.run(session, config, EvaluateCommand::print);
    }
    report
        .skipped()
        .forEach(s -> System.err.println("perceive: skipped " + s.file() + ": " + s.reason()));
    System.out.println("protocol: " + Evaluation.PROTOCOL);
    if (json != null) {
      WholeFile.write(json, report.toJson());
    }
    return 0;
  }

  private EvaluationConfig config() {
    boolean everything = noise == null && degradations == null;
    List<Double> sigmas = noise == null ? List.of() : noise;
    List<DegradationType> types =
        degradations == null
            ? List.of()
            : degradations.stream().map(DegradationType::fromId).toList();
    if (everything) {
      sigmas = List.of(15.0, 25.0, 50.0);
      types =
          Arrays.stream(DegradationType.values()).filter(t -> t != DegradationType.NOISE).toList();
    }
    return new EvaluationConfig(clean, sigmas, types, maxImages);
  }

  private static void print(EvaluationReport.Item item) {
    System.out.printf(
        Locale.ROOT,
        "%-9s  %d images  PSNR %.2f -> %.2f dB (%+.2f)  SSIM %.4f -> %.4f  %.0f ms/image  %s%n",
        item.degradation().id(),
        item.images(),
        item.psnrDb().degraded(),
        item.psnrDb().restored(),
        item.psnrDb().gain(),
        item.ssim().degraded(),
        item.ssim().restored(),
        item.millisPerImage(),
        item.strength());
  }
}
