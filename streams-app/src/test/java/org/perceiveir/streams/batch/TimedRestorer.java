package org.perceiveir.streams.batch;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.session.Restorer;

/** A device that takes a fixed time for a pass and for each frame in it; inverts pixels. */
public final class TimedRestorer implements Restorer {
  private final FakeRestorer frames;
  private final long passNanos;
  private final long frameNanos;

  /** Times in milliseconds. */
  public TimedRestorer(double passMs, double frameMs) {
    this(passMs, frameMs, FakeRestorer::inverted);
  }

  /** As above, restoring each frame by {@code operation}. */
  public TimedRestorer(double passMs, double frameMs, UnaryOperator<RgbImage> operation) {
    this.frames = new FakeRestorer(operation);
    this.passNanos = (long) (passMs * 1e6);
    this.frameNanos = (long) (frameMs * 1e6);
  }

  @Override
  public List<RgbImage> restore(List<RgbImage> batch) {
    long end = System.nanoTime() + passNanos + batch.size() * frameNanos;
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(Math.max(end - System.nanoTime(), TimeUnit.MICROSECONDS.toNanos(1)));
    }
    return frames.restore(batch);
  }

  @Override
  public String bundleName() {
    return "timed";
  }

  @Override
  public String bundleVersion() {
    return "1";
  }

  @Override
  public String device() {
    return "cpu";
  }

  @Override
  public void close() {}
}
