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
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.trainer.data.CleanImages;

final class CsvLogTest {
  private static final long SECOND = 1_000_000_000L;

  @TempDir Path folder;

  private static TrainingStart start(int step) {
    return new TrainingStart(
        1_234_567,
        1,
        List.of(new CleanImages.Skipped("b.png", "no image")),
        List.of("rec", "clip"),
        step,
        100);
  }

  /** Two steps a second, a quarter of it spent waiting. */
  private static StepReport report(int step) {
    return new StepReport(
        step,
        100,
        "noise",
        64,
        8,
        0.125f,
        Map.of("rec", 0.1f),
        1e-3,
        0.5f,
        SECOND / 2,
        SECOND / 8,
        step * SECOND / 2);
  }

  @Test
  void shouldHoldOneLineAStepAfterARunThatWasKilledAndResumed() throws IOException {
    Path file = folder.resolve("log.csv");
    CsvLog killed = new CsvLog(file);
    killed.onStart(start(0));
    for (int step = 1; step <= 5; step++) {
      killed.onStep(report(step));
    }
    killed.onCheckpoint(5);
    Files.writeString(file, "6,noi", StandardOpenOption.APPEND);

    CsvLog resumed = new CsvLog(file);
    resumed.onStart(start(3));
    resumed.onStep(report(4));
    resumed.onEnd(4);
    killed.onEnd(5);
    List<String> lines = Files.readAllLines(file);
    assertThat(lines).hasSize(5);
    assertThat(lines.get(0)).startsWith("step,task,crop,batch,loss,rec,clip,learning_rate");
    assertThat(lines.get(1)).isEqualTo("1,noise,64,8,0.125,0.1,,0.00100000,0.5,2.000,16.00,0.250");
    assertThat(lines.get(4)).startsWith("4,");
  }

  @Test
  void shouldTellSpeedAndTimeToGoAndNameSkippedImages() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ProgressLine progress = new ProgressLine(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    progress.onStart(start(0));
    for (int step = 1; step <= 30; step++) {
      progress.onStep(report(step));
    }
    List<String> lines = bytes.toString(StandardCharsets.UTF_8).lines().toList();
    assertThat(lines.get(0)).isEqualTo("skipped b.png: no image");
    assertThat(lines.get(1))
        .isEqualTo("training 1,234,567 parameters on 1 images (1 skipped), step 0 of 100");
    assertThat(lines.get(2)).startsWith("step 1/100");
    assertThat(lines.get(3))
        .isEqualTo(
            "step 21/100  loss noise 0.1250  lr 1.00e-03  grad 0.500  16.0 images/s  loader 25%"
                + "  ETA 0:00:40");
    assertThat(lines).hasSize(4);
  }
}
