package org.perceiveir.cli.command;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.perceiveir.trainer.RestorationTraining;
import org.perceiveir.trainer.RestorationTrainingConfig;
import org.perceiveir.trainer.RestorationTrainingConfig.Limits;
import org.perceiveir.trainer.RestorationTrainingConfig.Start;
import org.perceiveir.trainer.TrainingOutcome;
import org.perceiveir.trainer.data.CropSchedule;
import org.perceiveir.trainer.data.Sampling;
import org.perceiveir.trainer.data.TaskMix;
import org.perceiveir.trainer.listener.ProgressLine;
import org.perceiveir.trainer.optimizer.AdamWConfig;
import org.perceiveir.trainer.optimizer.CosineSchedule;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive train restoration}. */
@Command(
    name = "restoration",
    description = {
      "Trains the restoration network on clean photographs, which it degrades itself.",
      "Ctrl-C and --max-minutes end it with a checkpoint; --resume goes on exactly there."
    })
public final class TrainRestorationCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private PresetOptions preset;

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
      required = true,
      description = "Folder of clean photographs (PNG, JPEG).")
  private Path data;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Folder for log.csv, checkpoint/ and bundle/.")
  private Path out;

  @Option(
      names = "--max-steps",
      paramLabel = "N",
      defaultValue = "20000",
      description =
          "Steps of the whole training, which its schedules span. Default: ${DEFAULT-VALUE}.")
  private int maxSteps;

  @Option(
      names = "--max-minutes",
      paramLabel = "M",
      description = "Pause with a checkpoint after this time.")
  private @Nullable Double maxMinutes;

  @Option(names = "--resume", description = "Go on with the checkpoint in --out.")
  private boolean resume;

  @Option(
      names = "--init",
      paramLabel = "BUNDLE",
      description = "Start from the weights of a bundle of the same preset.")
  private @Nullable Path init;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of weights, crops and degradations. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--tasks",
      paramLabel = "MIX",
      description = "Degradations and their weights. Default: noise=2,haze,rain,blur,low-light.")
  private @Nullable String tasks;

  @Option(
      names = "--crops",
      paramLabel = "SCHEDULE",
      description = "Side of the crops over the training. Default: 64:0.6,96:0.8,128:1.")
  private @Nullable String crops;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "8",
      description = "Crops in a batch at the first size. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--learning-rate",
      paramLabel = "X",
      defaultValue = "1e-3",
      description = "Learning rate after the warm-up. Default: ${DEFAULT-VALUE}.")
  private double learningRate;

  @Option(
      names = "--clip-norm",
      paramLabel = "X",
      defaultValue = "0.1",
      description = "Largest norm of the gradient. Default: ${DEFAULT-VALUE}.")
  private double clipNorm;

  @Option(
      names = "--weight-decay",
      paramLabel = "X",
      defaultValue = "1e-4",
      description = "Decoupled weight decay. Default: ${DEFAULT-VALUE}.")
  private double weightDecay;

  @Option(
      names = "--checkpoint-minutes",
      paramLabel = "M",
      defaultValue = "5",
      description = "Time between checkpoints. Default: ${DEFAULT-VALUE}.")
  private double checkpointMinutes;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description = "Threads within an operation, 0 for all processors. Default: ${DEFAULT-VALUE}.")
  private int threads;

  @Option(
      names = "--gradient-checkpointing",
      description = {
        "Recompute each block of the network in the backward pass instead of keeping what it made:",
        "a fraction of the memory, about a third more time."
      })
  private boolean gradientCheckpointing;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (resume && init != null) {
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
        new RestorationTraining(config).run(List.of(new ProgressLine(System.out)));
    if (outcome instanceof TrainingOutcome.Paused paused) {
      System.out.println(
          "paused at step "
              + paused.step()
              + " of "
              + maxSteps
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
    Sampling defaults = Sampling.defaults();
    AdamWConfig adamW = AdamWConfig.defaults();
    CosineSchedule cosine = CosineSchedule.defaults(maxSteps);
    Start start = new Start.Fresh();
    if (resume) {
      start = new Start.Resume();
    } else if (init != null) {
      start = new Start.FromBundle(init);
    }
    return RestorationTrainingConfig.defaults(preset.read(), data, out, maxSteps)
        .withEncoder(Optional.ofNullable(encoder))
        .withSeed(seed)
        .withStart(start)
        .withSampling(
            new Sampling(
                tasks == null ? defaults.tasks() : TaskMix.parse(tasks),
                crops == null ? defaults.crops() : CropSchedule.parse(crops),
                batch))
        .withSchedule(
            new CosineSchedule(
                maxSteps,
                cosine.warmupSteps(),
                learningRate,
                Math.min(cosine.finalLearningRate(), learningRate)))
        .withOptimizer(
            new AdamWConfig(
                adamW.beta1(),
                adamW.beta2(),
                adamW.epsilon(),
                weightDecay,
                clipNorm,
                adamW.averageDecay()))
        .withLimits(
            new Limits(
                Optional.ofNullable(maxMinutes).map(TrainRestorationCommand::minutes),
                minutes(checkpointMinutes),
                threads))
        .withGradientCheckpointing(gradientCheckpointing)
        .withCommand(TypedCommand.of(spec));
  }

  private static Duration minutes(double minutes) {
    return Duration.ofMillis(Math.round(minutes * 60_000));
  }
}
