package org.perceiveir.streams.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.perceiveir.streams.topology.BadFrames.BadFrame;
import org.perceiveir.streams.topology.DeadLetterReason;

/**
 * Processes that die, stop, come and go while frames are in flight. FaultRepeats does the same in
 * every mode, many times.
 */
class FaultMatrixIT {
  private static final int KILLS = 5;

  private static FaultCluster cluster;

  @BeforeAll
  static void startCluster() {
    cluster = FaultCluster.start();
  }

  @AfterAll
  static void stopCluster() {
    cluster.close();
  }

  private static Delivery after(Disturbance disturbance, FaultRun run) {
    disturbance.strike(run);
    return run.settleExactly();
  }

  /** The process is gone between any two instructions, with results written and not committed. */
  @Test
  void shouldLoseAndDoubleNothingWhenTheProcessIsKilled() {
    try (FaultRun run = FaultRun.open(cluster, Mode.ASYNC, 11)) {
      boolean hit = false;
      for (int round = 0; round < KILLS && !hit; round++) {
        run.begin(11 + round);
        Delivery delivery = after(Disturbance.KILL, run);
        hit = run.openTransactionsAtKills() > 0 && delivery.aborted() > 0;
      }

      // A kill between two transactions hits nothing and proves nothing.
      assertThat(hit).isTrue();
    }
  }

  @Test
  void shouldLoseAndDoubleNothingWhenToldToEndWithFramesInFlight() {
    try (FaultRun run = FaultRun.open(cluster, Mode.ASYNC, 12)) {
      after(Disturbance.TERMINATE, run);
    }
  }

  @Test
  void shouldLoseAndDoubleNothingWhenAnInstanceJoinsAndLeaves() {
    try (FaultRun run = FaultRun.open(cluster, Mode.ASYNC, 13)) {
      after(Disturbance.REBALANCE, run);
    }
  }

  /** Scaling out must not add a way to lose frames: the dead one's partitions move at once. */
  @ParameterizedTest
  @EnumSource(names = {"ASYNC", "ASYNC_STREAMS_PROTOCOL"})
  void shouldTakeOverThePartitionsOfAnInstanceThatIsKilled(Mode mode) {
    try (FaultRun run = FaultRun.open(cluster, mode, 15)) {
      after(Disturbance.KILL_ONE_OF_TWO, run);
    }
  }

  /** Without transactions a crash repeats frames; it must not lose any, nor repeat without end. */
  @Test
  void shouldLoseNothingAndRepeatLittleAtLeastOnceWhenTheProcessIsKilled() {
    try (FaultRun run = FaultRun.open(cluster, Mode.ASYNC_AT_LEAST_ONCE, 16)) {
      Disturbance.KILL.strike(run);
      Delivery delivery = run.settle();

      assertThat(delivery)
          .withFailMessage(() -> delivery + "\n" + run.logs())
          .matches(Delivery::isComplete);
      // At most what the dead process had written since its last commit.
      assertThat(delivery.duplicated()).isLessThan(delivery.in() / 2);
      assertThat(delivery.toldTwice()).isLessThan(delivery.in() / 2);
    }
  }

  /**
   * A crash between poison and good frames: neither may the poison stop the restart, nor may the
   * restart double the dead letters.
   */
  @Test
  void shouldDeadLetterEveryKindOfPoisonOnceWhenKilledUnderLoad() throws Exception {
    try (FaultRun run = FaultRun.open(cluster, Mode.ASYNC, 17, "decode.max.scans", "4")) {
      ServiceProcess victim = run.start();
      run.filmUntilRestored();
      Map<TopicPartition, Map<Long, DeadLetterReason>> poison = new HashMap<>();
      List<BadFrame> bad = PoisonSource.fitting(run.config());
      int half = bad.size() / 2;
      PoisonSource.send(run.config(), bad.subList(0, half), poison);
      run.kill(victim);
      PoisonSource.send(run.config(), bad.subList(half, bad.size()), poison);
      run.start();
      PoisonSource.send(run.config(), bad, poison);
      Delivery delivery = run.settle();

      assertThat(bad).hasSizeGreaterThanOrEqualTo(25);
      assertThat(delivery)
          .withFailMessage(() -> delivery + "\n" + run.logs())
          .matches(Delivery::isExactlyOnce);
      assertThat(delivery.deadLettered()).isEqualTo(2 * bad.size());
      for (DeliveryChecker.Sent sent : run.checker().sent(DeliveryChecker.Mark.START)) {
        TopicPartition partition = new TopicPartition(run.config().inputTopic(), sent.partition);
        DeadLetterReason reason = poison.getOrDefault(partition, Map.of()).get(sent.offset);
        assertThat(sent.isRestored()).isEqualTo(reason == null);
        if (reason != null) {
          assertThat(sent.reason()).startsWith(reason.name());
        }
      }
      run.assertBooksAgree();
    }
  }

  /** A process that was silent for too long comes back with the frames that it had in hand. */
  @Test
  void shouldFenceAnInstanceThatWasFrozenWhileAnotherTookOver() {
    try (FaultRun run = FaultRun.open(cluster, Mode.ASYNC, 14)) {
      after(Disturbance.FREEZE, run);
    }
  }
}
