package org.perceiveir.cli.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.trainer.RestorationTraining;
import org.perceiveir.trainer.RestorationTrainingConfig;
import org.perceiveir.trainer.data.CropSchedule;
import org.perceiveir.trainer.data.Sampling;
import org.perceiveir.trainer.data.TaskMix;
import org.perceiveir.trainer.listener.StepReport;
import org.perceiveir.trainer.listener.TrainingListener;
import org.perceiveir.trainer.listener.TrainingStart;
import org.perceiveir.trainer.run.RunLimits;

/**
 * One process of {@link TrainBench}: trains a preset without semantic guidance for a few steps.
 *
 * <pre>
 * PRESET CROP BATCH THREADS STEPS true|false PHOTOGRAPHS OUT
 * </pre>
 *
 * <p>The result is one line of JSON on stdout.
 */
public final class TrainTrial implements TrainingListener {
  private final ObjectNode result = new ObjectMapper().createObjectNode();
  private final ArrayNode steps = result.putArray("stepMs");
  private final ArrayNode waits = result.putArray("waitedMs");

  private TrainTrial() {}

  /** Trains and prints; what goes wrong ends the process with its stack trace. */
  public static void main(String[] args) throws IOException, InterruptedException {
    int measured = Integer.parseInt(args[4]);
    RestorationTrainingConfig config =
        RestorationTrainingConfig.defaults(
                Preset.named(args[0]).withoutSgm(),
                Path.of(args[6]),
                Path.of(args[7]),
                TrainSettings.WARM_UP + measured)
            .withSampling(
                new Sampling(
                    TaskMix.DEFAULT, CropSchedule.parse(args[1]), Integer.parseInt(args[2])))
            .withLimits(
                new RunLimits(Optional.empty(), Duration.ofDays(1), Integer.parseInt(args[3])))
            .withGradientCheckpointing(Boolean.parseBoolean(args[5]));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    TrainTrial trial = new TrainTrial();
    new RestorationTraining(config).run(List.of(trial));
    out.println(trial.result);
  }

  @Override
  public void onStart(TrainingStart start) {
    result.put("parameters", start.parameters());
  }

  @Override
  public void onStep(StepReport report) throws IOException {
    if (report.step() > TrainSettings.WARM_UP) {
      steps.add(report.stepNanos() / 1e6);
      waits.add(report.waitedNanos() / 1e6);
    }
    if (report.step() == report.maxSteps()) {
      // Before the checkpoint is written, which is no part of a step.
      result.put("peakMiB", TrialProcess.peakMiB());
    }
  }
}
