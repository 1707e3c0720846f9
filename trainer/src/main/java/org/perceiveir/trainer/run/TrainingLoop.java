package org.perceiveir.trainer.run;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.safetensors.SafeTensorsException;
import org.perceiveir.trainer.checkpoint.CheckpointException;
import org.perceiveir.trainer.checkpoint.CheckpointFile;
import org.perceiveir.trainer.checkpoint.CheckpointFolder;
import org.perceiveir.trainer.listener.CsvLog;
import org.perceiveir.trainer.listener.StepReport;
import org.perceiveir.trainer.listener.TrainingListener;
import org.perceiveir.trainer.listener.ValidationFiles;
import org.perceiveir.trainer.listener.ValidationReport;

/**
 * Runs a {@link Trainee} step by step until all steps are done, the time is up or a stop is
 * requested.
 *
 * <pre>
 *   OUT/run.json                            what was run on what, and how it ended
 *   OUT/log.csv                             one line a step
 *   OUT/validation.csv, OUT/validation/     what each validation found, with pictures
 *   OUT/checkpoint/checkpoint.safetensors   weights, moments, average, step, settings, state
 *   OUT/bundle/                             the network to use, rewritten with each checkpoint
 *   OUT/best/                               that of the best validation, with its score
 * </pre>
 *
 * <p><b>Order of writing.</b> The bundle goes first, because writing it checks that every weight is
 * finite; then the best one, then the checkpoint that says which the best is. Whatever kills the
 * process in between, the checkpoint on disk is whole, and the steps after it are done again with
 * the same result.
 *
 * <p><b>Which network is the result.</b> While a training goes on, {@code bundle} is the newest.
 * When all steps are done and there was a validation, {@code best} is copied to {@code bundle}; the
 * newest stays in the checkpoint.
 */
public final class TrainingLoop {
  private final Path out;
  private final int maxSteps;
  private final RunLimits limits;
  private final Optional<Validation.Plan> validation;
  private final StopRequest stop;

  /**
   * A loop that has not started.
   *
   * @param out the training's folder
   * @param maxSteps steps of the whole training
   * @param limits bounds of this run
   * @param validation when and how to validate
   * @param stop what may end the run; SIGTERM and Ctrl-C do so too while it runs
   */
  public TrainingLoop(
      Path out,
      int maxSteps,
      RunLimits limits,
      Optional<Validation.Plan> validation,
      StopRequest stop) {
    this.out = out;
    this.maxSteps = maxSteps;
    this.limits = limits;
    this.validation = validation;
    this.stop = stop;
  }

  /** The newest checkpoint in a training's folder. */
  public static Path checkpointFile(Path out) {
    return new CheckpointFolder(out.resolve("checkpoint")).newest();
  }

  /** The bundle in a training's folder. */
  public static Path bundleDirectory(Path out) {
    return out.resolve("bundle");
  }

  /** The bundle of the best validation in a training's folder. */
  public static Path bestDirectory(Path out) {
    return out.resolve("best");
  }

  /**
   * Refuses a folder that holds a training already; for before long work.
   *
   * @throws CheckpointException naming the step it stands at
   */
  public static void requireFresh(Path out) throws IOException {
    Path file = checkpointFile(out);
    if (Files.exists(file)) {
      try (CheckpointFile there = CheckpointFile.open(file)) {
        throw new CheckpointException(
            out
                + " already holds a checkpoint at step "
                + there.step()
                + ": add --resume to go on with it or choose another folder");
      }
    }
  }

  /**
   * Runs. To be called once.
   *
   * @param trainee what is trained; it stays open
   * @param resume whether to go on with the checkpoint in the folder
   * @param listeners called on this thread, besides the log
   * @throws IOException if something cannot be read or written; the checkpoint before is whole
   * @throws TrainingDivergedException if a figure of a step is not finite; nothing is written then
   * @throws InterruptedException if this thread is interrupted; nothing is written then
   */
  public RunEnd run(Trainee trainee, boolean resume, List<TrainingListener> listeners)
      throws IOException, InterruptedException {
    if (!resume) {
      requireFresh(out);
    }
    Files.createDirectories(out.resolve("checkpoint"));
    List<TrainingListener> all = new ArrayList<>(listeners);
    all.add(new CsvLog(out.resolve("log.csv")));
    validation.ifPresent(plan -> all.add(new ValidationFiles(out, plan.keepSheets())));
    RunRecord record = RunRecord.begin(out, trainee.facts());
    stop.watchProcess();
    try (stop) {
      return recorded(record, new Run(trainee, all), resume);
    }
  }

  private static RunEnd recorded(RunRecord record, Run run, boolean resume)
      throws IOException, InterruptedException {
    RunEnd end;
    try {
      end = run.run(resume);
    } catch (Throwable e) {
      try {
        record.end("failed: " + e, run.firstStep, run.step);
      } catch (IOException another) {
        e.addSuppressed(another);
      }
      throw e;
    }
    record.end(
        end.paused().map(reason -> "paused: " + reason).orElse("finished"),
        run.firstStep,
        end.step());
    return end;
  }

  /** One run: what changes from step to step. */
  private final class Run {
    private final Trainee trainee;
    private final List<TrainingListener> listeners;
    private final CheckpointFolder checkpoints = new CheckpointFolder(out.resolve("checkpoint"));
    private final long started = System.nanoTime();
    private ObjectNode best = JsonNodeFactory.instance.objectNode();
    private long millisBefore;
    private long lastCheckpoint = started;
    private long lastValidation = started;
    private int saved = -1;
    private int firstStep;
    private int step;

    Run(Trainee trainee, List<TrainingListener> listeners) {
      this.trainee = trainee;
      this.listeners = listeners;
    }

    RunEnd run(boolean resume) throws IOException, InterruptedException {
      if (resume) {
        try (CheckpointFile from = CheckpointFile.open(checkpoints.newest())) {
          from.requireIdentity(trainee.identity());
          trainee.resume(from);
          step = from.step();
          saved = step;
          firstStep = step;
          millisBefore = from.millis();
          // Without a validation the result is the newest, whatever an earlier run thought best.
          if (validation.isPresent()
              && from.state().path("best") instanceof ObjectNode there
              && Files.isDirectory(bestDirectory(out))) {
            best = there;
          }
        }
      } else {
        trainee.begin();
      }
      @Nullable Throwable failure = null;
      try {
        for (TrainingListener listener : listeners) {
          listener.onStart(trainee.about(step, maxSteps));
        }
        return loop();
      } catch (Throwable e) {
        failure = e;
        throw e;
      } finally {
        end(failure);
      }
    }

    /** A listener that fails at the end must not hide what ended the training. */
    private void end(@Nullable Throwable failure) throws IOException {
      @Nullable IOException first = null;
      for (TrainingListener listener : listeners) {
        try {
          listener.onEnd(step);
        } catch (IOException e) {
          if (failure != null) {
            failure.addSuppressed(e);
          } else if (first == null) {
            first = e;
          }
        }
      }
      if (first != null) {
        throw first;
      }
    }

    private RunEnd loop() throws IOException, InterruptedException {
      @Nullable String reason = null;
      boolean validated = false;
      while (step < maxSteps) {
        reason = reasonToPause();
        if (reason != null) {
          break;
        }
        one();
        validated = validationIsDue();
        if (validated) {
          validate();
        } else if (checkpointIsDue()) {
          save();
        }
      }
      if (!validated) {
        save();
      }
      if (step >= maxSteps && !best.isEmpty()) {
        writing(() -> BundleCopy.replace(bestDirectory(out), bundleDirectory(out)));
      }
      return new RunEnd(
          step,
          Optional.ofNullable(reason),
          best.isEmpty() ? Optional.empty() : Optional.of(best.path("step").intValue()));
    }

    private @Nullable String reasonToPause() {
      String requested = stop.reason();
      if (requested != null) {
        return requested;
      }
      return limits
          .maxTime()
          .filter(limit -> System.nanoTime() - started >= limit.toNanos())
          .map(limit -> "the time of " + limit.toSeconds() + " s is up")
          .orElse(null);
    }

    private boolean validationIsDue() {
      return validation
          .filter(
              plan ->
                  step == maxSteps
                      || (plan.everySteps() > 0 && step % plan.everySteps() == 0)
                      || (plan.everyMillis() > 0
                          && System.nanoTime() - lastValidation >= plan.everyMillis() * 1_000_000))
          .isPresent();
    }

    private boolean checkpointIsDue() {
      return step < maxSteps
          && (System.nanoTime() - lastCheckpoint >= limits.checkpointEvery().toNanos()
              || (limits.checkpointSteps() > 0 && step % limits.checkpointSteps() == 0));
    }

    private void one() throws IOException, InterruptedException {
      long before = System.nanoTime();
      StepResult result = trainee.step(step);
      long after = System.nanoTime();
      if (!result.isFinite()) {
        throw diverged(result);
      }
      step++;
      StepReport report =
          new StepReport(
              step,
              maxSteps,
              result.task(),
              result.size(),
              result.count(),
              result.loss(),
              result.terms(),
              result.learningRate(),
              result.gradientNorm(),
              after - before,
              result.waitedNanos(),
              after);
      for (TrainingListener listener : listeners) {
        listener.onStep(report);
        if (result.remark().isPresent()) {
          listener.onRemark(result.remark().get());
        }
      }
    }

    private TrainingDivergedException diverged(StepResult result) {
      return new TrainingDivergedException(
          String.format(
              Locale.ROOT,
              "training diverged at step %d (%s): loss %s, gradient norm %s%s, learning rate %.3g;"
                  + " %s; start again in another folder with a lower learning rate%s",
              step + 1,
              result.task(),
              result.loss(),
              result.gradientNorm(),
              result.terms().isEmpty() ? "" : ", terms " + result.terms(),
              result.learningRate(),
              savedInWords(),
              saved < 0
                  ? ""
                  : ", with --init "
                      + bundleDirectory(out)
                      + " to go on from the last averaged weights"));
    }

    private String savedInWords() {
      return saved < 0
          ? "nothing was written"
          : "the checkpoint at step " + saved + " is untouched";
    }

    private void validate() throws IOException {
      Validation.Plan plan = validation.orElseThrow();
      writing(() -> trainee.writeBundle(bundleDirectory(out), progress(null)));
      Validation.Result result = plan.validation().measure(bundleDirectory(out), step);
      boolean isBest =
          Double.isFinite(result.score())
              && (best.isEmpty()
                  // Resumed with other sets: scores on them cannot be compared.
                  || !result.figures().keySet().stream().allMatch(best::has)
                  || best.path("step").intValue() == step
                  || result.score() > best.path("score").doubleValue());
      if (isBest) {
        ObjectNode found = JsonNodeFactory.instance.objectNode();
        found.put("step", step).put("score", result.score()).put("by", result.scoreName());
        found.put("of", maxSteps);
        result.figures().forEach(found::put);
        writing(() -> trainee.writeBundle(bestDirectory(out), progress(found)));
        best = found;
      }
      lastValidation = System.nanoTime();
      ValidationReport report =
          new ValidationReport(
              step, result.scoreName(), result.score(), isBest, result.figures(), result.sheet());
      for (TrainingListener listener : listeners) {
        listener.onValidation(report);
      }
      writeCheckpoint();
    }

    private void save() throws IOException {
      writing(() -> trainee.writeBundle(bundleDirectory(out), progress(null)));
      writeCheckpoint();
    }

    private void writeCheckpoint() throws IOException {
      ObjectNode state = trainee.state().deepCopy();
      state.set("best", best);
      writing(
          () ->
              checkpoints.write(
                  step,
                  millis(),
                  trainee.identity(),
                  state,
                  trainee.tensors(),
                  limits.keepCheckpoints()));
      saved = step;
      lastCheckpoint = System.nanoTime();
      for (TrainingListener listener : listeners) {
        listener.onCheckpoint(step);
      }
    }

    private Trainee.Progress progress(@Nullable ObjectNode found) {
      return new Trainee.Progress(
          step, millis(), found == null ? JsonNodeFactory.instance.objectNode() : found);
    }

    private long millis() {
      return millisBefore + (System.nanoTime() - started) / 1_000_000;
    }

    /** Says what a failure to write leaves behind. */
    private void writing(Writing writing) throws IOException {
      try {
        writing.write();
      } catch (SafeTensorsException e) {
        throw new TrainingDivergedException(
            "training diverged: after step "
                + step
                + " "
                + e.getMessage()
                + "; "
                + savedInWords()
                + "; start again in another folder with a lower learning rate",
            e);
      } catch (IOException | UncheckedIOException e) {
        throw new CheckpointException(
            "step "
                + step
                + " cannot be written to "
                + out
                + " ("
                + e.getMessage()
                + ", "
                + freeMiB()
                + " MiB free); "
                + savedInWords()
                + (saved < 0 ? ": make room and start again" : ": make room and --resume"),
            e);
      }
    }

    private String freeMiB() {
      try {
        return String.valueOf(Files.getFileStore(out).getUsableSpace() >> 20);
      } catch (IOException e) {
        return "unknown";
      }
    }
  }

  /** Something that writes files. */
  @FunctionalInterface
  private interface Writing {
    void write() throws IOException;
  }
}
