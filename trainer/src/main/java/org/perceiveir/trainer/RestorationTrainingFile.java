package org.perceiveir.trainer;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.storage.BundleLabels;
import org.perceiveir.trainer.RestorationTrainingConfig.Start;
import org.perceiveir.trainer.config.ConfigSection;
import org.perceiveir.trainer.data.TrainingDataConfig;
import org.perceiveir.trainer.data.TrainingSet;
import org.perceiveir.trainer.loss.LossConfig;
import org.perceiveir.trainer.optimizer.AdamWConfig;
import org.perceiveir.trainer.optimizer.CosineSchedule;
import org.perceiveir.trainer.run.RunLimits;
import org.perceiveir.trainer.validation.ValidationConfig;

/** Reads a training of the restoration network from its configuration file, section by section. */
final class RestorationTrainingFile {
  private static final int MAX_STEPS = 1_000_000_000;
  private static final double MAX_MINUTES = 1_000_000;

  private RestorationTrainingFile() {}

  static RestorationTrainingConfig read(ConfigSection root) throws IOException {
    Preset preset = PresetChoice.of(root);
    String name = root.text("name", preset.name());
    if (!BundleLabels.isName(name)) {
      throw root.error(
          "name",
          "is '"
              + name
              + "': it must be of lower-case letters, digits, dots, dashes and underscores, up to 64");
    }
    String version = root.text("version", "0");
    if (!BundleLabels.isVersion(version)) {
      throw root.error(
          "version",
          "is '" + version + "': it must be of letters, digits, dots and dashes, up to 32");
    }
    Path out =
        root.path("out")
            .orElseThrow(
                () -> root.error("out", "is missing: name a folder for checkpoints and bundle"));
    long seed = root.integer("seed", 1);
    Optional<Path> init = root.path("init");
    boolean resume = root.flag("resume", false);
    Start start = init.<Start>map(Start.FromBundle::new).orElseGet(Start.Fresh::new);
    CosineSchedule schedule = schedule(root.section("schedule"));
    ConfigSection optimizer = root.section("optimizer");
    LossConfig losses = LossConfig.fromConfig(root.section("losses"));
    TrainingDataConfig data = data(root.section("data"), losses);
    RestorationTrainingConfig config =
        RestorationTrainingConfig.defaults(preset, Path.of(""), out, schedule.maxSteps())
            .withName(name)
            .withVersion(version)
            .withEncoder(root.path("encoder"))
            .withSeed(seed)
            .withStart(resume ? new Start.Resume() : start)
            .withData(data)
            .withLosses(losses)
            .withAccumulation(optimizer.integer("accumulate", 1, 1, 1000))
            .withSchedule(schedule)
            .withOptimizer(AdamWConfig.fromConfig(optimizer, AdamWConfig.defaults()))
            .withGradientCheckpointing(optimizer.flag("gradientCheckpointing", false))
            .withLimits(limits(root.section("limits"), root.section("checkpoints")))
            .withValidation(ValidationConfig.fromConfig(root.section("validation")))
            .withTensorBoard(root.flag("tensorBoard", true));
    root.done();
    Provenance none = Provenance.none();
    return config.withProvenance(
        new Provenance(none.command(), none.version(), none.commit(), root.resolved()));
  }

  /** The images, with what the losses need of them. */
  private static TrainingDataConfig data(ConfigSection section, LossConfig losses) {
    TrainingDataConfig data = TrainingDataConfig.fromConfig(section);
    if (losses.needsSecondCrop()) {
      data = data.withSecond(true);
    }
    return withNegatives(section, data, losses.negativeFolders());
  }

  /** Folders of negatives stand with the losses; of several sets each needs its own. */
  private static TrainingDataConfig withNegatives(
      ConfigSection section, TrainingDataConfig data, List<LossConfig.Negative.Folder> folders) {
    if (folders.isEmpty() || data.sets().get(0).negatives().size() == folders.size()) {
      return data;
    }
    TrainingSet set = data.sets().get(0);
    if (data.sets().size() > 1 || !set.negatives().isEmpty()) {
      throw section.error(
          "sets",
          "have "
              + set.negatives().size()
              + " folders of negatives, losses.perceptual.negatives names "
              + folders.size()
              + ": list in each set its folder for each of them, in the same order");
    }
    List<Path> paths = folders.stream().map(LossConfig.Negative.Folder::path).toList();
    try {
      return data.withSets(List.of(new TrainingSet(set.images(), set.uses(), paths)));
    } catch (IllegalArgumentException e) {
      throw section.error("sets", "cannot have negatives: " + e.getMessage());
    }
  }

  private static CosineSchedule schedule(ConfigSection section) {
    int steps = section.integer("steps", 20_000, 1, MAX_STEPS);
    CosineSchedule defaults = CosineSchedule.defaults(steps);
    double rate = section.number("learningRate", defaults.learningRate(), 1e-12, 0.999);
    double end = section.number("finalLearningRate", defaults.finalLearningRate(), 0, 0.999);
    if (end > rate && section.has("finalLearningRate")) {
      throw section.error(
          "finalLearningRate", "is " + end + ": it must be at most learningRate, " + rate);
    }
    return new CosineSchedule(
        steps,
        section.integer("warmup", defaults.warmupSteps(), 0, MAX_STEPS),
        rate,
        Math.min(end, rate));
  }

  private static RunLimits limits(ConfigSection limits, ConfigSection checkpoints) {
    double maxMinutes = limits.number("minutes", 0, 0, MAX_MINUTES);
    return new RunLimits(
        maxMinutes == 0 ? Optional.empty() : Optional.of(minutes(maxMinutes)),
        minutes(checkpoints.number("minutes", 5, 0.001, MAX_MINUTES)),
        checkpoints.integer("steps", 0, 0, MAX_STEPS),
        checkpoints.integer("keep", 1, 1, 1000),
        limits.integer("threads", 0, 0, 1024));
  }

  private static Duration minutes(double minutes) {
    return Duration.ofMillis(Math.max(1, Math.round(minutes * 60_000)));
  }
}
