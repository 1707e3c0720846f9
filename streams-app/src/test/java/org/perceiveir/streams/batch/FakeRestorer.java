package org.perceiveir.streams.batch;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.perceiveir.imaging.RgbImage;

/**
 * Restores by a function, in no time or in a known one; inverts each byte unless told otherwise.
 */
public final class FakeRestorer extends StandInRestorer {
  private final UnaryOperator<RgbImage> operation;
  private final double passMs;
  private final double frameMs;

  /** Inverts. */
  public FakeRestorer() {
    this(FakeRestorer::inverted);
  }

  /** Restores by {@code operation}, one frame after the other. */
  public FakeRestorer(UnaryOperator<RgbImage> operation) {
    this(operation, 0, 0);
  }

  private FakeRestorer(UnaryOperator<RgbImage> operation, double passMs, double frameMs) {
    super("fake");
    this.operation = operation;
    this.passMs = passMs;
    this.frameMs = frameMs;
  }

  /** Takes a fixed time for a pass and for each frame in it, in milliseconds. */
  public FakeRestorer taking(double msForAPass, double msForAFrame) {
    return new FakeRestorer(operation, msForAPass, msForAFrame);
  }

  /** Lets the calling thread wait, as a device does that is busy. */
  public static void busy(double millis) {
    long end = System.nanoTime() + (long) (millis * 1e6);
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** Each byte's complement. */
  public static RgbImage inverted(RgbImage frame) {
    byte[] rgb = frame.rgb().clone();
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) ~rgb[i];
    }
    return RgbImage.wrap(frame.width(), frame.height(), rgb);
  }

  @Override
  public List<RgbImage> restore(List<RgbImage> frames) {
    busy(passMs + frameMs * frames.size());
    List<RgbImage> restored = new ArrayList<>();
    frames.forEach(frame -> restored.add(operation.apply(frame)));
    return restored;
  }
}
