package org.perceiveir.trainer.listener;

import java.util.ArrayDeque;

/** Speed over the last hundred steps, checkpoints and validations between them not counted. */
final class StepRate {
  private static final int WINDOW = 100;

  private final ArrayDeque<StepReport> window = new ArrayDeque<>();
  private long nanos;
  private long waited;
  private long images;

  /** Takes a further step. */
  void after(StepReport step) {
    window.addLast(step);
    count(step, 1);
    if (window.size() > WINDOW) {
      count(window.removeFirst(), -1);
    }
  }

  private void count(StepReport step, int sign) {
    nanos += sign * step.stepNanos();
    waited += sign * step.waitedNanos();
    images += sign * (long) step.count();
  }

  /** 0 before the first step. */
  double stepsPerSecond() {
    return nanos <= 0 ? 0 : window.size() * 1e9 / nanos;
  }

  /** 0 before the first step. */
  double imagesPerSecond() {
    return nanos <= 0 ? 0 : images * 1e9 / nanos;
  }

  /** Share of the time that the steps waited for their batches, 0 to 1. */
  double loaderShare() {
    return nanos <= 0 ? 0 : (double) waited / nanos;
  }
}
