package org.perceiveir.streams.faults;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.streams.batch.FakeRestorer;
import org.perceiveir.streams.batch.StandInRestorer;
import org.perceiveir.streams.config.FrameSize;

/** A device that runs one pass at a time, takes its time for it, and fails by its script. */
final class SimulatedDevice extends StandInRestorer {
  private final DeviceScript script;
  private final FrameSize warmup;
  private final Random random = new Random(1);
  private long frames;
  private boolean stalled;

  SimulatedDevice(DeviceScript script, FrameSize warmup) {
    super("simulated");
    this.script = script;
    this.warmup = warmup;
  }

  /** Inverts each frame; the checker relies on it. */
  @Override
  public synchronized List<RgbImage> restore(List<RgbImage> batch) {
    RgbImage first = batch.get(0);
    double millis = script.passMs() + script.frameMs() * batch.size();
    if (first.width() != warmup.width() || first.height() != warmup.height()) {
      frames += batch.size();
      millis = disturbed(batch, millis);
    }
    FakeRestorer.busy(millis);
    List<RgbImage> restored = new ArrayList<>();
    batch.forEach(frame -> restored.add(FakeRestorer.inverted(frame)));
    return restored;
  }

  private double disturbed(List<RgbImage> batch, double millis) {
    if (script.lostAfter() >= 0 && frames > script.lostAfter()) {
      throw new IllegalStateException("the simulated device is lost");
    }
    for (RgbImage frame : batch) {
      if (script.isBad(frame.rgb())) {
        throw new IllegalArgumentException("the simulated device cannot restore this frame");
      }
    }
    if (batch.size() > 1 && random.nextInt(1000) < script.flakyPerMille()) {
      throw new IllegalArgumentException("the simulated device failed in this pass");
    }
    double taken = millis;
    if (frames >= script.slowFrom() && frames < script.slowTo()) {
      taken *= script.slowFactor();
    }
    if (script.stallAfter() >= 0 && frames > script.stallAfter() && !stalled) {
      stalled = true;
      taken += script.stallMs();
    }
    return taken;
  }
}
