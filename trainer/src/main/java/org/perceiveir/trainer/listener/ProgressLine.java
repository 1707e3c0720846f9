package org.perceiveir.trainer.listener;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.perceiveir.trainer.data.CleanImages;

/**
 * Prints the loss of each task, images a second, the share of the time that the steps waited for
 * the loader, and the time to go.
 *
 * <p>On a terminal it is one line with a bar that is drawn over twice a second; elsewhere a new
 * line every ten seconds. The losses are running means: a batch holds one task only, and the tasks
 * differ by a factor of ten in how hard they are, so a common mean would say nothing.
 */
public final class ProgressLine implements TrainingListener {
  private static final long LINE_NANOS = 10_000_000_000L;
  private static final long BAR_NANOS = 500_000_000L;
  private static final int BAR = 20;
  private static final double SMOOTHING = 0.05;

  private final PrintStream out;
  private final boolean terminal;
  private final StepRate rate = new StepRate();
  private final Map<String, Double> losses = new TreeMap<>();
  private long printed = Long.MIN_VALUE;
  private int drawn;

  /** Prints lines to that stream. */
  public ProgressLine(PrintStream out) {
    this(out, false);
  }

  /**
   * Prints to that stream.
   *
   * @param terminal whether a line can be drawn over
   */
  public ProgressLine(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  @Override
  public void onStart(TrainingStart start) {
    for (CleanImages.Skipped skipped : start.skipped()) {
      out.println("skipped " + skipped.file() + ": " + skipped.reason());
    }
    out.printf(
        Locale.ROOT,
        "training %,d parameters on %d images (%d skipped), step %d of %d%n",
        start.parameters(),
        start.images(),
        start.skipped().size(),
        start.step(),
        start.maxSteps());
  }

  @Override
  public void onStep(StepReport r) {
    losses.merge(r.task(), (double) r.loss(), (mean, loss) -> mean + SMOOTHING * (loss - mean));
    rate.after(r);
    boolean due =
        printed == Long.MIN_VALUE
            || r.nanoTime() - printed >= (terminal ? BAR_NANOS : LINE_NANOS)
            || r.step() == r.maxSteps();
    if (!due) {
      return;
    }
    printed = r.nanoTime();
    double perSecond = rate.stepsPerSecond();
    String eta = perSecond == 0 ? "unknown" : duration((r.maxSteps() - r.step()) / perSecond);
    String line =
        String.format(
            Locale.ROOT,
            "step %d/%d  loss %s  lr %.2e  grad %.3f  %.1f images/s  loader %.0f%%  ETA %s",
            r.step(),
            r.maxSteps(),
            losses.entrySet().stream()
                .map(e -> String.format(Locale.ROOT, "%s %.4f", e.getKey(), e.getValue()))
                .collect(Collectors.joining(" ")),
            r.learningRate(),
            r.gradientNorm(),
            rate.imagesPerSecond(),
            100 * rate.loaderShare(),
            eta);
    if (terminal) {
      draw(bar(r.step(), r.maxSteps()) + line);
    } else {
      out.println(line);
    }
  }

  private static String bar(int step, int maxSteps) {
    int full = (int) ((long) BAR * step / maxSteps);
    return "[" + "=".repeat(full) + " ".repeat(BAR - full) + "] ";
  }

  private void draw(String line) {
    out.print("\r" + line + " ".repeat(Math.max(0, drawn - line.length())));
    out.flush();
    drawn = line.length();
  }

  private static String duration(double seconds) {
    long s = Math.round(seconds);
    return String.format(Locale.ROOT, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
  }

  @Override
  public void onRemark(String remark) {
    say(remark);
  }

  @Override
  public void onValidation(ValidationReport r) {
    say(
        String.format(
            Locale.ROOT,
            "validation at step %d: %s %.3f%s  %s",
            r.step(),
            r.scoreName(),
            r.score(),
            r.best() ? " (best so far)" : "",
            r.figures().entrySet().stream()
                .filter(e -> !e.getKey().equals(r.scoreName()))
                .map(e -> String.format(Locale.ROOT, "%s %.3f", e.getKey(), e.getValue()))
                .collect(Collectors.joining("  "))));
  }

  @Override
  public void onCheckpoint(int step) {
    say("checkpoint at step " + step);
  }

  private void say(String line) {
    if (drawn > 0) {
      out.println();
      drawn = 0;
    }
    out.println(line.stripTrailing());
  }

  @Override
  public void onEnd(int step) {
    if (drawn > 0) {
      out.println();
      drawn = 0;
    }
  }
}
