package org.perceiveir.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.preset.Backbone;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.trainer.checkpoint.Checkpoint;
import org.perceiveir.trainer.data.CropSchedule;
import org.perceiveir.trainer.data.Sampling;
import org.perceiveir.trainer.data.TaskMix;
import org.perceiveir.trainer.listener.StepReport;
import org.perceiveir.trainer.listener.TrainingListener;

/** A training in a process of its own, ended as a terminal or a container ends it. */
final class TrainingSignalIT {
  @TempDir Path temporary;

  /** The process: trains without end and says each step. */
  static final class Trainee {
    private Trainee() {}

    public static void main(String[] args) throws IOException, InterruptedException {
      Preset preset =
          new Preset(
              "tiny", new Backbone.NafNet(4, List.of(1), 1, List.of(1)), null, null, null, null);
      RestorationTrainingConfig config =
          RestorationTrainingConfig.defaults(preset, Path.of(args[0]), Path.of(args[1]), 10_000_000)
              .withSampling(new Sampling(TaskMix.DEFAULT, CropSchedule.parse("16"), 1));
      new RestorationTraining(config)
          .run(
              List.of(
                  new TrainingListener() {
                    @Override
                    public void onStep(StepReport report) {
                      System.out.println("step " + report.step());
                    }
                  }));
    }
  }

  @Test
  void shouldLeaveACheckpointAndABundleWhenTerminated() throws Exception {
    Path data = Files.createDirectory(temporary.resolve("data"));
    Path out = temporary.resolve("out");
    Files.write(
        data.resolve("a.png"),
        ImageEncoder.encode(RgbImage.wrap(24, 24, new byte[3 * 24 * 24]), ImageFormat.PNG));
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                "-cp",
                System.getProperty("java.class.path"),
                Trainee.class.getName(),
                data.toString(),
                out.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader steps =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String line = steps.readLine();
      while (line != null && !line.equals("step 3")) {
        line = steps.readLine();
      }
      assertThat(line).as("the training reached step 3").isNotNull();
      // Not Process.destroy(), which would close the stream that is still to be read.
      process.toHandle().destroy();
      long read = steps.lines().count();
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
      assertThat(process.exitValue()).as("128 + SIGTERM").isEqualTo(143);
      int saved = Checkpoint.read(RestorationTraining.checkpointFile(out)).step();
      assertThat(saved).isEqualTo((int) (3 + read));
      assertThat(ModelBundle.read(out.resolve("bundle")).trainingRecord().path("steps").intValue())
          .isEqualTo(saved);
    } finally {
      process.destroyForcibly();
    }
  }
}
