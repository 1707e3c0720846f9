package org.perceiveir.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
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
import org.perceiveir.trainer.run.RunLimits;

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

  private static Process start(Class<?> main, Path data, Path out) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
            "-cp",
            System.getProperty("java.class.path"),
            main.getName(),
            data.toString(),
            out.toString())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  @Test
  void shouldLeaveACheckpointAndABundleWhenTerminated() throws Exception {
    Path data = Files.createDirectory(temporary.resolve("data"));
    Path out = temporary.resolve("out");
    Files.write(
        data.resolve("a.png"),
        ImageEncoder.encode(RgbImage.wrap(24, 24, new byte[3 * 24 * 24]), ImageFormat.PNG));
    Process process = start(Trainee.class, data, out);
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

  private static void image(Path file) throws IOException {
    byte[] rgb = new byte[3 * 24 * 24];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i * 7 + i / 72 * 5);
    }
    Files.write(file, ImageEncoder.encode(RgbImage.wrap(24, 24, rgb), ImageFormat.PNG));
  }

  private static List<String> exact(Path out) throws IOException {
    return Files.readAllLines(out.resolve("log.csv")).stream()
        .map(line -> line.replaceFirst("(,[^,]*){3}$", ""))
        .toList();
  }

  /** kill -9 leaves no chance to tidy up: what is resumed is what the disk holds. */
  @Test
  void shouldMakeTheSameLogWhenKilledAndResumed() throws Exception {
    Path data = Files.createDirectory(temporary.resolve("images"));
    image(data.resolve("a.png"));
    Path killed = temporary.resolve("killed");
    Process process = start(Killed.class, data, killed);
    try (BufferedReader steps =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String line = steps.readLine();
      while (line != null && !line.equals("step 11")) {
        line = steps.readLine();
      }
      assertThat(line).as("the training reached step 11").isNotNull();
      process.toHandle().destroyForcibly();
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
      assertThat(process.exitValue()).as("128 + SIGKILL").isEqualTo(137);
    } finally {
      process.destroyForcibly();
    }
    int saved = Checkpoint.read(RestorationTraining.checkpointFile(killed)).step();
    assertThat(saved).isBetween(8, Killed.STEPS - 1).matches(step -> step % 4 == 0);
    assertThat(Files.readString(killed.resolve("run.json"))).contains("\"running\"");

    new RestorationTraining(
            Killed.config(data, killed).withStart(new RestorationTrainingConfig.Start.Resume()))
        .run(List.of());

    Path straight = temporary.resolve("straight");
    new RestorationTraining(Killed.config(data, straight)).run(List.of());
    assertThat(exact(killed)).isEqualTo(exact(straight)).hasSize(Killed.STEPS + 1);
    Checkpoint a = Checkpoint.read(RestorationTraining.checkpointFile(killed));
    Checkpoint b = Checkpoint.read(RestorationTraining.checkpointFile(straight));
    assertThat(a.weights()).isEqualTo(b.weights());
    assertThat(a.secondMoments()).isEqualTo(b.secondMoments());
    assertThat(a.average()).isEqualTo(b.average());
  }

  /** The process that is killed: a checkpoint every four steps. */
  static final class Killed {
    static final int STEPS = 24;

    private Killed() {}

    static RestorationTrainingConfig config(Path data, Path out) {
      Preset preset =
          new Preset(
              "tiny", new Backbone.NafNet(4, List.of(1), 1, List.of(1)), null, null, null, null);
      return RestorationTrainingConfig.defaults(preset, data, out, STEPS)
          .withSampling(new Sampling(TaskMix.DEFAULT, CropSchedule.parse("16"), 2))
          .withTensorBoard(true)
          .withLimits(new RunLimits(Optional.empty(), Duration.ofHours(1), 4, 2, 1));
    }

    public static void main(String[] args) throws IOException, InterruptedException {
      new RestorationTraining(config(Path.of(args[0]), Path.of(args[1])))
          .run(
              List.of(
                  new TrainingListener() {
                    @Override
                    public void onStep(StepReport report) {
                      System.out.println("step " + report.step());
                      if (report.step() >= 11) {
                        pause();
                      }
                    }
                  }));
    }

    /** Until the kill comes. */
    private static void pause() {
      try {
        Thread.sleep(60_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
