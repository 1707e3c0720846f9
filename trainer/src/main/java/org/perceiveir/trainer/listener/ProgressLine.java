package org.perceiveir.trainer.listener;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.perceiveir.trainer.data.CleanImages;
import org.perceiveir.trainer.data.TrainingData;

/**
 * Prints a line with loss for each task, steps a second and time to go, every ten seconds.
 *
 * <p>The losses are running means: a batch holds one task only, and the tasks differ by a factor of
 * ten in how hard they are, so a common mean would say nothing.
 */
public final class ProgressLine implements TrainingListener {
  private static final long EVERY_NANOS = 10_000_000_000L;
  private static final double SMOOTHING = 0.05;

  private final PrintStream out;
  private final StepRate rate = new StepRate();
  private final Map<String, Double> losses = new TreeMap<>();
  private long printed = Long.MIN_VALUE;

  /** Prints to that stream. */
  public ProgressLine(PrintStream out) {
    this.out = out;
  }

  @Override
  public void onStart(TrainingData data, long parameters, int step, int maxSteps) {
    for (CleanImages.Skipped skipped : data.skipped()) {
      out.println("skipped " + skipped.file() + ": " + skipped.reason());
    }
    out.printf(
        Locale.ROOT,
        "training %,d parameters on %d images (%d skipped), step %d of %d%n",
        parameters,
        data.size(),
        data.skipped().size(),
        step,
        maxSteps);
  }

  @Override
  public void onStep(StepReport r) {
    losses.merge(r.task(), (double) r.loss(), (mean, loss) -> mean + SMOOTHING * (loss - mean));
    double perSecond = rate.after(r.nanoTime());
    if (printed != Long.MIN_VALUE
        && r.nanoTime() - printed < EVERY_NANOS
        && r.step() < r.maxSteps()) {
      return;
    }
    printed = r.nanoTime();
    String eta = perSecond == 0 ? "unknown" : duration((r.maxSteps() - r.step()) / perSecond);
    out.printf(
        Locale.ROOT,
        "step %d/%d  loss %s  lr %.2e  grad %.3f  %.2f steps/s  ETA %s%n",
        r.step(),
        r.maxSteps(),
        losses.entrySet().stream()
            .map(e -> String.format(Locale.ROOT, "%s %.4f", e.getKey(), e.getValue()))
            .collect(Collectors.joining(" ")),
        r.learningRate(),
        r.gradientNorm(),
        perSecond,
        eta);
  }

  private static String duration(double seconds) {
    long s = Math.round(seconds);
    return String.format(Locale.ROOT, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
  }

  @Override
  public void onCheckpoint(int step) {
    out.println("checkpoint at step " + step);
  }
}
