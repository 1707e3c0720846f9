package org.perceiveir.cli.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.perceiveir.trainer.RestorationTraining;
import org.perceiveir.trainer.RestorationTrainingConfig;
import org.perceiveir.trainer.TrainingOutcome;
import org.perceiveir.trainer.config.ConfigSection;
import org.perceiveir.trainer.listener.ProgressLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code ./perceive train restoration}.
 *
 * <p>Every option is a short form of a key of the configuration file and goes before what the file
 * says; {@code --set} goes before both.
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

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "YAML or JSON with the keys of docs/training.md. Paths are meant from its folder.")
  private @Nullable Path file;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = {
        "Put a value over that of the file, for instance --set optimizer.average=off.",
        "May be given several times."
      })
  private List<String> settings = new ArrayList<>();

  @Option(
      names = "--preset",
      paramLabel = "NAME|FILE",
      description = "Network: compact, paper, paper-nafnet, or a JSON file. Default: compact.")
  private @Nullable String preset;

  @Option(
      names = "--without",
      paramLabel = "MODULE",
      split = ",",
      description = {
        "Switch modules of the network off: cfe, sgm, pgm, pgca, several with commas.",
        "pgm goes too when neither cfe nor sgm is left."
      })
  private @Nullable List<String> without;

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
      names = "--out",
      paramLabel = "DIR",
      description = "Folder for log.csv, checkpoint/ and bundle/.")
  private @Nullable Path out;

  @Option(
      names = "--max-steps",
      paramLabel = "N",
      description = "Steps of the whole training, which its schedules span. Default: 20000.")
  private @Nullable Integer maxSteps;

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
      description = "Seed of weights, crops and degradations. Default: 1.")
  private @Nullable Long seed;

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
      names = "--threads",
      paramLabel = "N",
      description = "Threads within an operation, 0 for all processors. Default: 0.")
  private @Nullable Integer threads;

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
    ConfigSection written =
        file == null
            ? ConfigSection.parse("command line", Path.of("").toAbsolutePath(), "")
            : ConfigSection.read(file);
    if (file == null) {
      if (data == null && settings.stream().noneMatch(s -> s.startsWith("data."))) {
        throw new ParameterException(spec.commandLine(), "--data DIR or --config FILE is missing");
      }
      if (out == null && settings.stream().noneMatch(s -> s.startsWith("out="))) {
        throw new ParameterException(spec.commandLine(), "--out DIR or --config FILE is missing");
      }
    }
    ConfigSection root = written.with(options(written)).with(settings);
    RestorationTrainingConfig config = RestorationTrainingConfig.fromConfig(root);
    return config.withProvenance(RunProvenance.of(spec, config.provenance().config()));
  }

  /** The options as settings of the file. */
  private List<String> options(ConfigSection written) {
    List<String> options = new ArrayList<>();
    preset(written, options);
    put(options, "encoder", path(encoder));
    put(options, "data.folder", path(data));
    put(options, "data.tasks", text(tasks));
    put(options, "data.crops", text(crops));
    put(options, "data.batch", batch);
    put(options, "out", path(out));
    put(options, "init", path(init));
    put(options, "seed", seed);
    put(options, "schedule.steps", maxSteps);
    put(options, "schedule.learningRate", learningRate);
    put(options, "optimizer.clipNorm", clipNorm);
    put(options, "optimizer.weightDecay", weightDecay);
    put(options, "limits.minutes", maxMinutes);
    put(options, "limits.threads", threads);
    put(options, "checkpoints.minutes", checkpointMinutes);
    put(options, "resume", resume ? "true" : null);
    put(options, "optimizer.gradientCheckpointing", gradientCheckpointing ? "true" : null);
    return options;
  }

  /** In the file the network may be one word or a section. */
  private void preset(ConfigSection written, List<String> options) {
    if (preset != null) {
      boolean isFile = preset.endsWith(".json");
      put(
          options,
          "preset",
          "{" + (isFile ? "file: " + path(Path.of(preset)) : "name: " + text(preset)) + "}");
    } else if (without != null && written.has("preset") && !written.hasSection("preset")) {
      String word = written.text("preset", "");
      put(
          options,
          "preset",
          "{" + (word.endsWith(".json") ? "file: " : "name: ") + text(word) + "}");
    }
    if (without != null) {
      put(
          options,
          "preset.without",
          "["
              + String.join(", ", without.stream().map(m -> String.valueOf(text(m))).toList())
              + "]");
    }
  }

  private static void put(List<String> options, String key, @Nullable Object value) {
    Optional.ofNullable(value).ifPresent(v -> options.add(key + "=" + v));
  }

  /** Options are meant from the working directory, whatever the file's folder is. */
  private static @Nullable String path(@Nullable Path path) {
    return path == null ? null : text(path.toAbsolutePath().normalize().toString());
  }

  /** Quoted for YAML, and with no environment variables for the file to replace. */
  private static @Nullable String text(@Nullable String text) {
    return text == null ? null : "'" + text.replace("'", "''").replace("${", "$${") + "'";
  }
}
