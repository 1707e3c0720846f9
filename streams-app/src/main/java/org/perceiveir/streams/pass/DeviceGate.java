package org.perceiveir.streams.pass;

import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.perceiveir.imaging.RgbImage;

/**
 * Lets one at a time use the device, in the order in which they came: the passes of frames, and
 * whoever times a candidate. A pass so waits for one pass of the candidate at most, and neither is
 * measured while the other slows it down.
 */
public final class DeviceGate {
  private final ReentrantLock lock = new ReentrantLock(true);

  /** A pass that goes through the gate. */
  public FramePass through(FramePass pass) {
    return new FramePass() {
      @Override
      public List<PassedFrame> run(List<RgbImage> frames) {
        return alone(() -> pass.run(frames));
      }

      @Override
      public ModelIdentity model() {
        return pass.model();
      }
    };
  }

  /** Runs something while no pass runs. */
  public <T> T alone(Supplier<T> work) {
    lock.lock();
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
  }
}
