package org.perceiveir.streams.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.perceiveir.streams.service.PerceiveService;

/** The device fails, is lost, stalls and slows down, and the clock jumps. */
class DeviceFaultIT {
  private static FaultCluster cluster;

  private static Thread.@Nullable UncaughtExceptionHandler before;

  @BeforeAll
  static void startCluster() {
    // Threads that fail on purpose would fill the output with what the service has reported.
    before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, failure) -> {
          if (!thread.getName().contains("-StreamThread-")) {
            failure.printStackTrace();
          }
        });
    cluster = FaultCluster.start();
  }

  @AfterAll
  static void stopCluster() {
    cluster.close();
    Thread.setDefaultUncaughtExceptionHandler(before);
  }

  /** A frame that the network cannot take must not take those in its batch with it. */
  @Test
  void shouldDeadLetterOnlyTheFramesThatTheSessionThrowsOn() {
    try (FaultRun run = FaultRun.open(cluster, Mode.ASYNC, 31)) {
      DeviceScript script = DeviceScript.sound().withBadFrames(20).withFlakyPasses(50);
      run.use(script);
      PerceiveService service = run.startHere(InstantSource.system());
      run.filmUntilRestored();
      run.pass(1500);
      int frames = run.cut();
      Delivery delivery = run.settleExactly();

      int bad = 0;
      for (int n = 0; n < frames; n++) {
        bad +=
            script.isBad(Cameras.image(n % Cameras.SOURCES, 1, n / Cameras.SOURCES).rgb()) ? 1 : 0;
      }
      assertThat(bad).isPositive();
      assertThat(delivery.deadLettered()).isEqualTo(bad);
      assertThat(service.meters().threadFailures()).isZero();
    }
  }

  /** A lost device is no frame's fault: no dead letters, and the next process finds all frames. */
  @Test
  void shouldEndAndLoseNothingWhenTheDeviceIsLost() {
    try (FaultRun run = FaultRun.open(cluster, Mode.ASYNC, 32)) {
      run.use(DeviceScript.sound().lostAfter(200));
      ServiceProcess first = run.start();
      run.film();

      assertThat(first.awaitExit(FaultRun.LONG)).isEqualTo(1);
      run.use(DeviceScript.sound());
      run.start();
      Delivery delivery = run.settleExactly();

      assertThat(delivery.deadLettered()).isZero();
    }
  }

  /**
   * A pass that outlasts the transaction and the poll interval: the broker has aborted the one and
   * given the partitions away after the other before its frames come back.
   */
  @Test
  void shouldRestoreAgainWhatAStalledPassHeldBeyondItsTransactionAndPollInterval() {
    try (FaultRun run =
        FaultRun.open(
            cluster,
            Mode.ASYNC,
            33,
            "kafka.max.poll.interval.ms",
            "7000",
            "kafka.max.poll.records",
            "2",
            "kafka.buffered.records.per.partition",
            "2",
            "schema.registry.max.retries",
            "0",
            "schema.registry.http.read.timeout.ms",
            "500",
            "schema.registry.retries.max.wait.ms",
            "50")) {
      run.use(DeviceScript.sound().stalledAfter(200, 8500));
      run.startHere(InstantSource.system());
      run.filmUntilRestored();
      run.pass(1000);
      run.settleExactly();
    }
  }

  /** Slower than at the warm-up, by which all limits were chosen: late, not lost. */
  @Test
  void shouldCatchUpWithoutLossAfterTheDeviceWasSlow() {
    try (FaultRun run = FaultRun.open(cluster, Mode.ASYNC, 34)) {
      run.use(DeviceScript.sound().slowBetween(100, 250, 20));
      PerceiveService service = run.startHere(InstantSource.system());
      run.filmUntilRestored();
      run.pass(2000);
      run.settleExactly();

      assertThat(service.state()).isEqualTo(PerceiveService.State.RUNNING);
    }
  }

  /** A clock that is set while frames are in flight may shed frames; it may not lose any. */
  @Test
  void shouldKeepTheBooksWhenTheClockJumpsForwardAndBack() {
    try (FaultRun run = FaultRun.open(cluster, Mode.ASYNC, 35, "frame.max.age.ms", "20000")) {
      AtomicReference<Duration> error = new AtomicReference<>(Duration.ZERO);
      run.startHere(() -> Instant.now().plus(error.get()));
      run.filmUntilRestored();
      error.set(Duration.ofMinutes(50));
      run.await("shed frames", () -> run.checker().shed(DeliveryChecker.Mark.START) > 50);
      // Further ahead than the broker takes records from: nothing can be written until it is back.
      error.set(Duration.ofDays(1));
      run.pass(1000);
      error.set(Duration.ofDays(-1));
      DeliveryChecker.Mark back = run.checker().mark();
      run.await("restored frames", () -> run.checker().restored(back) > 50);
      Delivery delivery = run.settleExactly();

      assertThat(delivery.shed()).isPositive();
      assertThat(delivery.restored() + delivery.shed()).isEqualTo(delivery.in());
    }
  }
}
