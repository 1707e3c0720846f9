package org.perceiveir.streams.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.streams.batch.FakeRestorer;
import org.perceiveir.streams.config.FrameSize;
import org.perceiveir.streams.limits.MeasuredSpeed;
import org.perceiveir.streams.pass.FramePass;
import org.perceiveir.streams.pass.ModelIdentity;
import org.perceiveir.streams.pass.PassedFrame;

/** How the network of a running service is timed. */
class WarmUpTest {
  private static final FrameSize SIZE = new FrameSize(16, 8);

  /** Runs passes and counts them. */
  private static final class Counted implements FramePass {
    final AtomicInteger runs = new AtomicInteger();
    private final FramePass pass;

    Counted(FakeRestorer restorer) {
      this.pass = FramePass.through(restorer);
    }

    @Override
    public List<PassedFrame> run(List<RgbImage> frames) {
      runs.incrementAndGet();
      return pass.run(frames);
    }

    @Override
    public ModelIdentity model() {
      return pass.model();
    }
  }

  @Test
  void shouldTakeTheTimeOfAPassInsideTheGateWhenItHasToWaitForIt() {
    Counted device = new Counted(new FakeRestorer());

    // Whatever the gate does before and after, only what the work says counts.
    MeasuredSpeed speed =
        WarmUp.measure(
            device,
            work ->
                () -> {
                  double own = work.get();
                  assertThat(own).isNotNegative();
                  return 7.0;
                },
            Double.POSITIVE_INFINITY,
            SIZE,
            3,
            1);

    assertThat(speed.frameMs()).isEqualTo(7.0);
    assertThat(device.runs).hasValue(4);
  }

  @Test
  void shouldKeepTheDeviceFreeOfANetworkThatIsFarTooSlow() {
    Counted device = new Counted(new FakeRestorer().taking(20, 0));
    AtomicInteger alone = new AtomicInteger();

    MeasuredSpeed speed =
        WarmUp.measure(
            device,
            work -> {
              alone.incrementAndGet();
              return work;
            },
            1,
            SIZE,
            3,
            4);

    assertThat(speed.frameMs()).isGreaterThan(1);
    assertThat(device.runs).hasValue(2);
    assertThat(alone).hasValue(0);
  }
}
