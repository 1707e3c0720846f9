package org.perceiveir.streams.faults;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A service that is broken on purpose must not get past the checker. */
class NaiveBufferIT {
  private static final int ROUNDS = 5;

  /**
   * A buffer that a timer empties loses frames on a clean close although every commit is
   * exactly-once. If the checker passed it, the fault matrix would be worth nothing.
   */
  @Test
  void shouldRejectABufferThatATimerEmptiesWhenItIsToldToEnd() {
    try (FaultCluster cluster = FaultCluster.start();
        FaultRun run = FaultRun.open(cluster, Mode.ASYNC, 1)) {
      Delivery delivery;
      int round = 0;
      ServiceProcess naive = run.start(FaultyServiceMain.NAIVE);
      do {
        run.begin(round);
        run.filmUntilRestored();
        run.pass(run.drawn(300, 600));
        naive.terminate();
        naive = run.start(FaultyServiceMain.NAIVE);
        run.pass(500);
        delivery = run.settle();
        round++;
      } while (delivery.lost() == 0 && round < ROUNDS);

      assertThat(delivery.settled()).withFailMessage(run::logs).isTrue();
      assertThat(delivery.lost()).isPositive();
      assertThat(delivery.untold()).isEqualTo(delivery.lost());
      assertThat(delivery.isExactlyOnce()).isFalse();
    }
  }
}
