package org.perceiveir.cli.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.output.WholeFile;
import org.perceiveir.model.perceiver.PerceiverBundle;
import org.perceiveir.model.perceiver.PerceiverSession;
import org.perceiveir.trainer.config.ConfigSection;
import org.perceiveir.trainer.listener.ProgressLine;
import org.perceiveir.trainer.prompt.PromptTraining;
import org.perceiveir.trainer.prompt.PromptTrainingConfig;
import org.perceiveir.trainer.prompt.TierReport;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code ./perceive train prompts}.
 *
 * <p>Options go before the configuration file, as {@link TrainingOptions} says.
 */
@Command(
    name = "prompts",
    description = {
      "Learns the prompts of the quality tiers (stage 1) and makes a quality perceiver.",
      "Without --clip the encoders are small and trained from scratch with the prompts.",
      "Ctrl-C and --max-minutes end it with a checkpoint; --resume goes on exactly there."
    })
public final class TrainPromptsCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private TrainingOptions training;

  @Option(
      names = "--clean",
      paramLabel = "DIR",
      description = "Folder of clean images (PNG, JPEG).")
  private @Nullable Path clean;

  @Option(
      names = "--mediocre",
      paramLabel = "DIR",
      description = {
        "Folder with degraded/TASK and mediocre/TASK, images of the same names,",
        "as ./perceive train mediocre leaves it."
      })
  private @Nullable Path mediocre;

  @Option(
      names = "--clip",
      paramLabel = "DIR",
      description = "Public CLIP, as ./perceive model import leaves it; only the prompts learn.")
  private @Nullable Path clip;

  @Option(
      names = "--words",
      paramLabel = "WORD",
      split = ",",
      description = {
        "What the tiers are called, 2 to 4 from the worst to the best.",
        "Default: terrible,mediocre,excellent."
      })
  private @Nullable List<String> words;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Number of prompts: 2, 3 or 4, with the paper's words. Default: 3.")
  private @Nullable Integer count;

  @Option(
      names = "--initialisation",
      paramLabel = "KIND",
      description = "fixed, random or partial. Default: partial.")
  private @Nullable String initialisation;

  @Option(
      names = "--length",
      paramLabel = "N",
      description = "Learnable tokens of a prompt. Default: 16.")
  private @Nullable Integer length;

  @Option(
      names = "--logit-scale",
      paramLabel = "X",
      description = "Factor of the cosines in the softmax. Default: 100.")
  private @Nullable Double logitScale;

  @Option(
      names = "--max-steps",
      paramLabel = "N",
      description = "Steps of the whole training. Default: 2600, with --clip 100000.")
  private @Nullable Integer maxSteps;

  @Option(
      names = "--learning-rate",
      paramLabel = "X",
      description = "Learning rate after the warm-up. Default: 1.5e-3, with --clip 4e-5.")
  private @Nullable Double learningRate;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Images in a batch. Default: 30, with --clip 32.")
  private @Nullable Integer batch;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of first weights and batches. Default: 1.")
  private @Nullable Long seed;

  @ArgGroup(exclusive = false, heading = "Judging the perceiver at the end:%n")
  private @Nullable HeldOutOptions heldOut;

  @Override
  public Integer call() throws IOException, InterruptedException {
    PromptTrainingConfig config;
    try {
      config = config();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    if (heldOut != null) {
      heldOut.check();
    }
    PromptTraining.Outcome outcome =
        new PromptTraining(config).run(List.of(new ProgressLine(System.out, Ansi.AUTO.enabled())));
    System.out.println(
        outcome.paused().isEmpty()
            ? "finished after " + outcome.step() + " steps"
            : "paused at step "
                + outcome.step()
                + " of "
                + config.schedule().maxSteps()
                + " ("
                + outcome.paused().get()
                + "); --resume goes on");
    PerceiverBundle bundle = outcome.bundle();
    System.out.println("perceiver " + bundle + " in " + outcome.directory());
    if (heldOut != null && outcome.paused().isEmpty()) {
      judge(heldOut, bundle, config.out().resolve("tiers.json"));
    }
    return 0;
  }

  private void judge(HeldOutOptions options, PerceiverBundle bundle, Path json) throws IOException {
    TierReport report;
    try (PerceiverSession session =
        PerceiverSession.open(bundle, Runtime.getRuntime().availableProcessors())) {
      report = options.judge(session);
    }
    PrintWriter printer = spec.commandLine().getOut();
    HeldOutOptions.print(report, printer);
    WholeFile.write(json, report.toJson());
  }

  private PromptTrainingConfig config() throws IOException {
    ConfigSection root = training.over(training.written(), options());
    PromptTrainingConfig config = PromptTrainingConfig.fromConfig(root);
    return config.withProvenance(RunProvenance.of(spec, config.provenance().config()));
  }

  private OptionSettings options() {
    return new OptionSettings()
        .putPath("clean", clean)
        .putPath("mediocre", mediocre)
        .putPath("clip", clip)
        .putTexts("prompts.words", words)
        .put("prompts.count", count)
        .putText("prompts.initialisation", initialisation)
        .put("prompts.length", length)
        .put("logitScale", logitScale)
        .put("schedule.steps", maxSteps)
        .put("schedule.learningRate", learningRate)
        .put("batch", batch)
        .put("seed", seed);
  }
}
