package org.perceiveir.cli.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.perceiveir.trainer.RestorationTraining;
import org.perceiveir.trainer.RestorationTrainingConfig;
import org.perceiveir.trainer.TrainingOutcome;
import org.perceiveir.trainer.config.ConfigSection;
import org.perceiveir.trainer.listener.ProgressLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code ./perceive train restoration}.
 *
 * <p>Options go before the configuration file, as {@link TrainingOptions} says.
 */
@Command(
    name = "restoration",
    description = {
      "Trains the restoration network, by default on clean photographs that it degrades itself.",
      "Everything can stand in a file (--config, see docs/training.md); options go before it.",
      "Ctrl-C and --max-minutes end it with a checkpoint; --resume goes on exactly there."
    })
public final class TrainRestorationCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private TrainingOptions training;

  @Mixin private PresetOptions network;

  @Option(
      names = "--encoder",
      paramLabel = "DIR",
      description = {
        "Frozen encoder of a preset with semantic guidance, as ./perceive model import leaves it.",
        "Not needed with --resume, nor with --init and a bundle that holds it."
      })
  private @Nullable Path encoder;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Folder of clean photographs (PNG, JPEG); data.folder in the file.")
  private @Nullable Path data;

  @Option(
      names = "--max-steps",
      paramLabel = "N",
      description = "Steps of the whole training, which its schedules span. Default: 20000.")
  private @Nullable Integer maxSteps;

  @Option(
      names = "--init",
      paramLabel = "BUNDLE",
      description = "Start from the weights of a bundle of the same preset.")
  private @Nullable Path init;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of weights, crops and degradations. Default: 1.")
  private @Nullable Long seed;

  @Option(
      names = "--tasks",
      paramLabel = "MIX",
      description = "Degradations and their weights, as noise=2,haze. Default: all, noise twice.")
  private @Nullable String tasks;

  @Option(
      names = "--crops",
      paramLabel = "SCHEDULE",
      description = "Side of the crops over the training. Default: 64:0.6,96:0.8,128:1.")
  private @Nullable String crops;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Crops in a batch at the first size. Default: 8.")
  private @Nullable Integer batch;

  @Option(
      names = "--learning-rate",
      paramLabel = "X",
      description = "Learning rate after the warm-up. Default: 1e-3.")
  private @Nullable Double learningRate;

  @Option(
      names = "--clip-norm",
      paramLabel = "X",
      description = "Largest norm of the gradient. Default: 0.1.")
  private @Nullable Double clipNorm;

  @Option(
      names = "--weight-decay",
      paramLabel = "X",
      description = "Decoupled weight decay. Default: 1e-4.")
  private @Nullable Double weightDecay;

  @Option(
      names = "--checkpoint-minutes",
      paramLabel = "M",
      description = "Time between checkpoints. Default: 5.")
  private @Nullable Double checkpointMinutes;

  @Option(
      names = "--gradient-checkpointing",
      description = {
        "Recompute each block of the network in the backward pass instead of keeping what it made:",
        "a fraction of the memory, about a third more time."
      })
  private boolean gradientCheckpointing;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (training.resumes() && init != null) {
      throw new ParameterException(
          spec.commandLine(), "--resume and --init exclude each other: leave one out");
    }
    RestorationTrainingConfig config;
    try {
      config = config();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    TrainingOutcome outcome =
        new RestorationTraining(config)
            .run(List.of(new ProgressLine(System.out, Ansi.AUTO.enabled())));
    if (outcome instanceof TrainingOutcome.Paused paused) {
      System.out.println(
          "paused at step "
              + paused.step()
              + " of "
              + config.schedule().maxSteps()
              + " ("
              + paused.reason()
              + "); --resume goes on");
    } else {
      System.out.println("finished after " + outcome.step() + " steps");
    }
    System.out.println("bundle " + outcome.bundle() + " in " + outcome.bundleDirectory());
    return 0;
  }

  private RestorationTrainingConfig config() throws IOException {
    if (!training.hasFile()) {
      if (data == null && !training.hasSetting("data.")) {
        throw new ParameterException(spec.commandLine(), "--data DIR or --config FILE is missing");
      }
      if (!training.hasOut()) {
        throw new ParameterException(spec.commandLine(), "--out DIR or --config FILE is missing");
      }
    }
    ConfigSection written = training.written();
    ConfigSection root = training.over(written, options(written));
    RestorationTrainingConfig config = RestorationTrainingConfig.fromConfig(root);
    return config.withProvenance(RunProvenance.of(spec, config.provenance().config()));
  }

  private OptionSettings options(ConfigSection written) {
    OptionSettings options = new OptionSettings();
    network.putInto(options, written);
    return options
        .putPath("encoder", encoder)
        .putPath("data.folder", data)
        .putText("data.tasks", tasks)
        .putText("data.crops", crops)
        .put("data.batch", batch)
        .putPath("init", init)
        .put("seed", seed)
        .put("schedule.steps", maxSteps)
        .put("schedule.learningRate", learningRate)
        .put("optimizer.clipNorm", clipNorm)
        .put("optimizer.weightDecay", weightDecay)
        .put("checkpoints.minutes", checkpointMinutes)
        .putSwitch("optimizer.gradientCheckpointing", gradientCheckpointing);
  }
}
