package org.perceiveir.trainer.listener;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.perceiveir.trainer.data.TrainingData;

/**
 * Writes one line of CSV a step. On a resumed training the lines beyond the checkpoint, which are
 * done again, are dropped first, so that each step has one line.
 */
public final class CsvLog implements TrainingListener {
  private static final String HEADER =
      "step,task,crop,batch,loss,learning_rate,gradient_norm,steps_per_second";

  private final Path file;
  private final StepRate rate = new StepRate();
  private @Nullable BufferedWriter writer;

  /** A log into that file. */
  public CsvLog(Path file) {
    this.file = file;
  }

  @Override
  public void onStart(TrainingData data, long parameters, int step, int maxSteps)
      throws IOException {
    List<String> kept =
        step == 0 || !Files.exists(file)
            ? List.of(HEADER)
            : Files.readAllLines(file).stream().filter(line -> isUpTo(line, step)).toList();
    Files.write(file, kept);
    writer = Files.newBufferedWriter(file, StandardOpenOption.APPEND);
  }

  private static boolean isUpTo(String line, int step) {
    if (line.equals(HEADER)) {
      return true;
    }
    try {
      return Integer.parseInt(line.substring(0, Math.max(0, line.indexOf(',')))) <= step;
    } catch (NumberFormatException e) {
      // The last line of a killed run may be cut off.
      return false;
    }
  }

  @Override
  public void onStep(StepReport r) throws IOException {
    if (writer != null) {
      writer.write(
          String.format(
              Locale.ROOT,
              "%d,%s,%d,%d,%.6f,%.4g,%.5g,%.3f%n",
              r.step(),
              r.task(),
              r.size(),
              r.count(),
              r.loss(),
              r.learningRate(),
              r.gradientNorm(),
              rate.after(r.nanoTime())));
      if (r.step() % 100 == 0) {
        writer.flush();
      }
    }
  }

  @Override
  public void onCheckpoint(int step) throws IOException {
    if (writer != null) {
      writer.flush();
    }
  }

  @Override
  public void onEnd(int step) throws IOException {
    if (writer != null) {
      writer.close();
      writer = null;
    }
  }
}
