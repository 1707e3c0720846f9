package org.perceiveir.streams.pass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class DeviceGateTest {

  /** A candidate that is timed beside the frames looks twice as slow as it is, and is refused. */
  @Test
  void shouldLetAPassWaitForWhoeverIsAlone() throws Exception {
    DeviceGate gate = new DeviceGate();
    ScriptedRestorer network = new ScriptedRestorer("net", 7);
    FramePass pass = gate.through(FramePass.through(network));
    CountDownLatch alone = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    CompletableFuture<Integer> timing =
        CompletableFuture.supplyAsync(
            () ->
                gate.alone(
                    () -> {
                      alone.countDown();
                      try {
                        assertThat(end.await(30, TimeUnit.SECONDS)).isTrue();
                      } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                      }
                      return network.batches.size();
                    }));
    assertThat(alone.await(30, TimeUnit.SECONDS)).isTrue();

    CompletableFuture<List<PassedFrame>> frames =
        CompletableFuture.supplyAsync(() -> pass.run(List.of(ScriptedRestorer.grey(0))));
    assertThatThrownBy(() -> frames.get(50, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
    end.countDown();

    assertThat(timing.get(30, TimeUnit.SECONDS)).isZero();
    assertThat(frames.get(30, TimeUnit.SECONDS)).hasSize(1);
    assertThat(pass.model().bundle()).isEqualTo("net");
  }
}
