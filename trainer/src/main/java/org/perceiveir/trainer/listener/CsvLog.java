package org.perceiveir.trainer.listener;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes one line of CSV a step. On a resumed training the lines beyond the checkpoint, which are
 * done again, are dropped first, so that each step has one line.
 *
 * <p>Losses and norms are written with all their digits: two trainings made the same steps exactly
 * when their logs are equal but for the three columns of speed at the end.
 */
public final class CsvLog implements TrainingListener {
  private static final int FLUSH_STEPS = 100;

  private final Path file;
  private final StepRate rate = new StepRate();
  private List<String> terms = List.of();
  private @Nullable BufferedWriter writer;

  /** A log into that file. */
  public CsvLog(Path file) {
    this.file = file;
  }

  @Override
  public void onStart(TrainingStart start) throws IOException {
    terms = start.terms();
    writer = CsvFile.open(file, header(terms), start.step());
  }

  private static String header(List<String> terms) {
    StringBuilder header = new StringBuilder("step,task,crop,batch,loss");
    terms.forEach(term -> header.append(',').append(term));
    return header
        .append(",learning_rate,gradient_norm,steps_per_second,images_per_second,loader_share")
        .toString();
  }

  @Override
  public void onStep(StepReport r) throws IOException {
    if (writer == null) {
      return;
    }
    StringBuilder line = new StringBuilder();
    line.append(r.step()).append(',').append(r.task());
    line.append(',').append(r.size()).append(',').append(r.count());
    line.append(',').append(r.loss());
    for (String term : terms) {
      Float value = r.terms().get(term);
      line.append(',').append(value == null ? "" : value);
    }
    rate.after(r);
    line.append(
        String.format(
            Locale.ROOT,
            ",%.6g,%s,%.3f,%.2f,%.3f%n",
            r.learningRate(),
            r.gradientNorm(),
            rate.stepsPerSecond(),
            rate.imagesPerSecond(),
            rate.loaderShare()));
    writer.append(line);
    if (r.step() % FLUSH_STEPS == 0) {
      writer.flush();
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
