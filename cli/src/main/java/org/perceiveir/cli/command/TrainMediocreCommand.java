package org.perceiveir.cli.command;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.cli.output.WholeFile;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.session.RestorationSession;
import org.perceiveir.model.session.SessionOptions;
import org.perceiveir.trainer.RestorationTrainingConfig;
import org.perceiveir.trainer.RestorationTrainingConfig.Start;
import org.perceiveir.trainer.config.ConfigSection;
import org.perceiveir.trainer.data.CropSchedule;
import org.perceiveir.trainer.data.Sampling;
import org.perceiveir.trainer.data.TaskMix;
import org.perceiveir.trainer.data.TrainingDataConfig;
import org.perceiveir.trainer.listener.ProgressLine;
import org.perceiveir.trainer.mediocre.MediocreImages;
import org.perceiveir.trainer.mediocre.MediocreReport;
import org.perceiveir.trainer.mediocre.MediocreSource;
import org.perceiveir.trainer.mediocre.RestoredFolder;
import org.perceiveir.trainer.mediocre.TwoFold;
import org.perceiveir.trainer.optimizer.CosineSchedule;
import org.perceiveir.trainer.run.RunLimits;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive train mediocre}. */
@Command(
    name = "mediocre",
    description = {
      "Makes the images of medium quality that ./perceive train prompts learns from.",
      "Without --restorer and --images two plain networks are trained, each on one half of the",
      "images, and each restores the half that it did not see. Both halves of an earlier run are",
      "gone on with."
    })
public final class TrainMediocreCommand implements Callable<Integer> {
  private static final double MAX_MINUTES = 1_000_000;

  @Spec private CommandSpec spec;

  @Option(
      names = "--clean",
      paramLabel = "DIR",
      description = "Folder of clean photographs, which are degraded by --tasks.")
  private @Nullable Path clean;

  @Option(
      names = "--tasks",
      paramLabel = "MIX",
      description = "Degradations of --clean, as noise,haze. Default: all, each as often.")
  private @Nullable String tasks;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "YAML or JSON file whose section data lists the sets, in place of --clean.")
  private @Nullable Path config;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Folder for clean/, degraded/, mediocre/ and mediocre.json.")
  private Path out;

  @Option(
      names = "--restorer",
      paramLabel = "[TASK=]BUNDLE",
      description = {
        "Model bundle that restores, for all tasks or for one; may be repeated.",
        "It should not have been trained on these images."
      })
  private @Nullable List<String> restorers;

  @Option(
      names = "--images",
      paramLabel = "DIR",
      description = "Take restored images from DIR/TASK/NAME or DIR/NAME.")
  private @Nullable Path images;

  @Mixin private PresetOptions preset;

  @Option(
      names = "--max-steps",
      paramLabel = "N",
      defaultValue = "5000",
      description =
          "Steps of each half's training; 100000 in the paper. Default: ${DEFAULT-VALUE}.")
  private int maxSteps;

  @Option(
      names = "--learning-rate",
      paramLabel = "X",
      defaultValue = "1e-3",
      description =
          "Learning rate after the warm-up; 2e-4 in the paper. Default: ${DEFAULT-VALUE}.")
  private double learningRate;

  @Option(
      names = "--crops",
      paramLabel = "SCHEDULE",
      description = "Side of the training crops. Default: 64:0.6,96:0.8,128:1.")
  private @Nullable String crops;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Training crops in a batch at the first size. Default: 8.")
  private @Nullable Integer batch;

  @Option(
      names = "--max-minutes",
      paramLabel = "M",
      description = "Pause a training with a checkpoint after this time.")
  private @Nullable Double maxMinutes;

  @Option(
      names = "--max-images",
      paramLabel = "N",
      defaultValue = "0",
      description = "Images of each task (and half); 0 for all. Default: ${DEFAULT-VALUE}.")
  private int maxImages;

  @Option(
      names = "--min-gain",
      paramLabel = "DB",
      defaultValue = "0.5",
      description = {
        "What the restorer must gain for an image to count as mediocre. Default: ${DEFAULT-VALUE}."
      })
  private double minGain;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of degradations and trainings. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description = "Threads within an operation, 0 for all processors. Default: ${DEFAULT-VALUE}.")
  private int threads;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if ((clean == null) == (config == null)) {
      throw usage("give either --clean or --config");
    }
    if (config != null && tasks != null) {
      throw usage("--tasks is of --clean; with --config the sets say what they are degraded by");
    }
    if (restorers != null && images != null) {
      throw usage("--restorer and --images exclude each other: leave one out");
    }
    if (preset.isGiven() && (restorers != null || images != null)) {
      throw usage("--preset is of a network to train, but --restorer or --images restores");
    }
    TrainingDataConfig data;
    MediocreImages made;
    try {
      data = data();
      made =
          new MediocreImages(
              out, new MediocreImages.Settings(maxImages, minGain), System.out::println);
      checkTasks(data);
      if (restorers == null && images == null) {
        training(plain(), 0, false);
      }
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    Optional<String> paused = restore(data, made);
    if (paused.isPresent()) {
      System.out.println(paused.get() + "; the same command goes on");
      return 0;
    }
    MediocreReport report = made.report();
    report.tasks().forEach(TrainMediocreCommand::print);
    ObjectNode json = report.toJson();
    json.put("seed", seed);
    json.put("command", TypedCommand.of(spec));
    WholeFile.write(out.resolve("mediocre.json"), json);
    if (report.mediocre() == 0) {
      throw new CommandFailure(
          "no image was improved by " + minGain + " dB",
          "choose another --restorer, train longer with --max-steps, or lower --min-gain");
    }
    System.out.println(
        report.mediocre()
            + " images of medium quality in "
            + out
            + "; next: ./perceive train prompts --clean "
            + out.resolve("clean")
            + " --mediocre "
            + out);
    return 0;
  }

  /** A bundle for a task that no image has would be passed over without a word. */
  private void checkTasks(TrainingDataConfig data) {
    for (String text : restorers == null ? List.<String>of() : restorers) {
      int equals = text.indexOf('=');
      if (equals >= 0 && !data.tasks().contains(text.substring(0, equals))) {
        throw new IllegalArgumentException(
            "--restorer "
                + text
                + ": there is no task "
                + text.substring(0, equals)
                + ", the images have "
                + String.join(", ", data.tasks()));
      }
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private TrainingDataConfig data() throws IOException {
    CropSchedule schedule = crops == null ? CropSchedule.DEFAULT : CropSchedule.parse(crops);
    if (config != null) {
      ConfigSection sets = ConfigSection.read(config).section("data");
      TrainingDataConfig read = TrainingDataConfig.fromConfig(sets);
      sets.done();
      return read.withCrops(
          crops == null ? read.crops() : schedule, batch == null ? read.batch() : batch);
    }
    TaskMix mix = tasks == null ? TaskMix.EVEN : TaskMix.parse(tasks);
    return TrainingDataConfig.photographs(
        clean == null ? Path.of("") : clean,
        new Sampling(mix, schedule, batch == null ? Sampling.defaults().batch() : batch));
  }

  private Optional<String> restore(TrainingDataConfig data, MediocreImages made)
      throws IOException, InterruptedException {
    if (images != null) {
      made.add(data.wholeImages(seed), new RestoredFolder(images));
      return Optional.empty();
    }
    if (restorers != null) {
      try (Bundles bundles = Bundles.open(restorers, options())) {
        made.add(data.wholeImages(seed), bundles);
      }
      return Optional.empty();
    }
    Preset plain = plain();
    System.out.println("training two halves with " + plain.name() + " without its modules");
    return new TwoFold(data, (half, resume) -> training(plain, half, resume))
        .run(made, seed, List.of(new ProgressLine(System.out)));
  }

  /** The backbone alone: for the paper's preset that is Restormer. */
  private Preset plain() throws IOException {
    return preset.read().without(EnumSet.allOf(Preset.Module.class));
  }

  private RestorationTrainingConfig training(Preset plain, int half, boolean resume) {
    CosineSchedule cosine = CosineSchedule.defaults(maxSteps);
    RunLimits limits = RunLimits.defaults();
    return RestorationTrainingConfig.defaults(
            plain, Path.of(""), TwoFold.folder(out, half), maxSteps)
        .withSeed(seed + half)
        .withStart(resume ? new Start.Resume() : new Start.Fresh())
        .withSchedule(
            new CosineSchedule(
                maxSteps,
                Math.min(cosine.warmupSteps(), maxSteps),
                learningRate,
                Math.min(cosine.finalLearningRate(), learningRate)))
        .withLimits(
            new RunLimits(
                Optional.ofNullable(maxMinutes).map(TrainMediocreCommand::minutes),
                limits.checkpointEvery(),
                threads))
        .withProvenance(RunProvenance.of(spec, JsonNodeFactory.instance.objectNode()));
  }

  private static Duration minutes(double minutes) {
    return Duration.ofMillis(Math.round(Math.min(minutes, MAX_MINUTES) * 60_000));
  }

  private SessionOptions options() {
    return threads == 0
        ? SessionOptions.defaults()
        : SessionOptions.defaults().withThreads(threads, Math.min(2, threads));
  }

  private static void print(String name, MediocreReport.Task task) {
    System.out.printf(
        Locale.ROOT,
        "%-9s  %d images, %d mediocre, %d hardly improved, %d not restored  PSNR %.2f -> %.2f dB%n",
        name,
        task.images(),
        task.mediocre(),
        task.hardlyBetter(),
        task.notRestored(),
        task.psnrDegraded(),
        task.psnrRestored());
  }

  /** Model bundles by task. */
  private static final class Bundles implements MediocreSource, AutoCloseable {
    private final Map<String, RestorationSession> byTask = new LinkedHashMap<>();
    private final List<RestorationSession> open = new ArrayList<>();
    private @Nullable RestorationSession usual;

    static Bundles open(List<String> texts, SessionOptions options) throws IOException {
      Bundles bundles = new Bundles();
      try {
        for (String text : texts) {
          int equals = text.indexOf('=');
          Path directory = Path.of(text.substring(equals + 1));
          if (!Files.isRegularFile(directory.resolve(ModelBundle.MODEL_FILE))) {
            throw new CommandFailure(
                directory + " holds no model bundle (no " + ModelBundle.MODEL_FILE + ")",
                "name a bundle, or one for a task as in --restorer blur=DIR");
          }
          RestorationSession session =
              RestorationSession.open(ModelBundle.read(directory), options);
          bundles.open.add(session);
          if (equals < 0) {
            bundles.usual = session;
          } else {
            bundles.byTask.put(text.substring(0, equals), session);
          }
        }
      } catch (IOException | RuntimeException e) {
        bundles.close();
        throw e;
      }
      return bundles;
    }

    @Override
    public Optional<RgbImage> restore(String task, String file, RgbImage degraded) {
      RestorationSession session = byTask.get(task);
      if (session == null) {
        session = usual;
      }
      return session == null ? Optional.empty() : Optional.of(session.restore(degraded));
    }

    @Override
    public void close() {
      open.forEach(RestorationSession::close);
    }
  }
}
