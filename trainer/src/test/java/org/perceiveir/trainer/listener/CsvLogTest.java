package org.perceiveir.trainer.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.trainer.data.CropSchedule;
import org.perceiveir.trainer.data.Photographs;
import org.perceiveir.trainer.data.Sampling;
import org.perceiveir.trainer.data.TaskMix;
import org.perceiveir.trainer.data.TrainingData;

final class CsvLogTest {
  private static final long SECOND = 1_000_000_000L;

  @TempDir Path folder;

  private TrainingData images() throws IOException {
    Path data = Files.createDirectories(folder.resolve("data"));
    Files.write(
        data.resolve("a.png"),
        ImageEncoder.encode(RgbImage.wrap(8, 8, new byte[192]), ImageFormat.PNG));
    Files.write(data.resolve("b.png"), new byte[] {0});
    return Photographs.load(data, new Sampling(TaskMix.DEFAULT, CropSchedule.parse("8"), 1));
  }

  private static StepReport report(int step) {
    return new StepReport(step, 100, "noise", 64, 8, 0.125f, 1e-3, 0.5f, step * SECOND / 2);
  }

  @Test
  void shouldHoldOneLineAStepAfterARunThatWasKilledAndResumed() throws IOException {
    Path file = folder.resolve("log.csv");
    CsvLog killed = new CsvLog(file);
    killed.onStart(images(), 10, 0, 100);
    for (int step = 1; step <= 5; step++) {
      killed.onStep(report(step));
    }
    killed.onCheckpoint(5);
    Files.writeString(file, "6,noi", StandardOpenOption.APPEND);

    CsvLog resumed = new CsvLog(file);
    resumed.onStart(images(), 10, 3, 100);
    resumed.onStep(report(4));
    resumed.onEnd(4);
    killed.onEnd(5);
    List<String> lines = Files.readAllLines(file);
    assertThat(lines).hasSize(5);
    assertThat(lines.get(0)).startsWith("step,task,crop,batch,loss,learning_rate");
    assertThat(lines.get(1)).isEqualTo("1,noise,64,8,0.125000,0.001000,0.50000,0.000");
    assertThat(lines.get(2)).isEqualTo("2,noise,64,8,0.125000,0.001000,0.50000,2.000");
    assertThat(lines.get(4)).startsWith("4,");
  }

  @Test
  void shouldTellSpeedAndTimeToGoAndNameSkippedImages() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ProgressLine progress = new ProgressLine(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    progress.onStart(images(), 1_234_567, 0, 100);
    for (int step = 1; step <= 30; step++) {
      progress.onStep(report(step));
    }
    List<String> lines = bytes.toString(StandardCharsets.UTF_8).lines().toList();
    assertThat(lines.get(0)).startsWith("skipped b.png: ");
    assertThat(lines.get(1))
        .isEqualTo("training 1,234,567 parameters on 1 images (1 skipped), step 0 of 100");
    assertThat(lines.get(2)).startsWith("step 1/100").contains("ETA unknown");
    assertThat(lines.get(3))
        .isEqualTo(
            "step 21/100  loss noise 0.1250  lr 1.00e-03  grad 0.500  2.00 steps/s  ETA 0:00:40");
    assertThat(lines).hasSize(4);
  }
}
