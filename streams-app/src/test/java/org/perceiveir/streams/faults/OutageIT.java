package org.perceiveir.streams.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.service.PerceiveService;

/** What the service stands on goes away in mid-stream and comes back. */
class OutageIT {
  private static final String THREAD_FAILED = "a stream thread failed";

  private static FaultCluster cluster;

  @BeforeAll
  static void startCluster() {
    cluster = FaultCluster.start();
  }

  @AfterAll
  static void stopCluster() {
    cluster.close();
  }

  /** A broker that is restarted for an update must not need the service to be restarted too. */
  @Test
  void shouldGoOnWithoutLossWhenTheBrokerIsRestarted() {
    try (FaultRun run = FaultRun.open(cluster, Mode.ASYNC, 21)) {
      PerceiveService service = run.startHere(InstantSource.system());
      run.filmUntilRestored();
      cluster.stopBroker();
      ServiceProcess.sleep(run.drawn(500, 1500));
      cluster.startBroker();
      run.pass(run.drawn(500, 1000));
      run.settleExactly();

      assertThat(service.state()).isEqualTo(PerceiveService.State.RUNNING);
    }
  }

  /**
   * Schemas that are known need no registry; a service that starts without one waits, and takes no
   * frame for poison only because nobody can tell its schema.
   */
  @Test
  void shouldRestoreOnFromItsCacheAndWaitAfterARestartWhenTheRegistryIsAway() {
    try (FaultRun run =
        FaultRun.open(cluster, Mode.ASYNC, 22, "schema.registry.max.retries", "0")) {
      ServiceProcess first = run.start();
      run.filmUntilRestored();
      ServiceProcess second;
      cluster.registry().pause();
      try {
        DeliveryChecker.Mark away = run.checker().mark();
        run.await("restored frames without the registry", () -> run.checker().restored(away) > 50);
        run.kill(first);
        second = run.launch();
        run.await("failure", () -> second.count(THREAD_FAILED) > 0 || !second.isAlive());
        assertThat(second.isAlive()).withFailMessage(second::tail).isTrue();
      } finally {
        cluster.registry().resume();
      }
      Delivery delivery = run.settleExactly();

      assertThat(delivery.deadLettered()).isZero();
    }
  }

  /** Alteration by somebody else: results do not fit any more, so nothing may be committed. */
  @Test
  void shouldWaitWithoutLossWhileTheOutputTopicTakesNoResult() throws Exception {
    try (FaultRun run = FaultRun.open(cluster, Mode.ASYNC, 23)) {
      ServiceProcess service = run.start();
      run.filmUntilRestored();
      String limit = String.valueOf(run.config().outputRecordMaxBytes());
      alter(run, "max.message.bytes", "500");
      run.await("failures", () -> service.count(THREAD_FAILED) >= 2);
      alter(run, "max.message.bytes", limit);
      run.settleExactly();

      assertThat(service.isAlive()).isTrue();
    }
  }

  private static void alter(FaultRun run, String name, String value)
      throws ExecutionException, InterruptedException {
    ConfigResource topic =
        new ConfigResource(ConfigResource.Type.TOPIC, run.config().restoredTopic());
    try (Admin admin = Admin.create(ClientSettings.admin(run.config()))) {
      admin
          .incrementalAlterConfigs(
              Map.of(
                  topic,
                  List.of(
                      new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET))))
          .all()
          .get();
    }
  }

  /** Nothing may be read before it is known where to put it. */
  @Test
  void shouldRefuseToStartAndLoseNothingWhenTheOutputTopicIsMissing() throws Exception {
    try (FaultRun run = FaultRun.open(cluster, Mode.ASYNC, 24)) {
      run.film();
      delete(run.config().restoredTopic(), run);

      assertThatThrownBy(() -> run.startHere(InstantSource.system()))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("topics missing")
          .hasMessageContaining(run.config().restoredTopic())
          .hasMessageContaining("perceive topics create --config FILE");

      run.createTopics();
      run.startHere(InstantSource.system());
      run.settleExactly();
    }
  }

  /**
   * What was committed into a topic goes with it; nothing else may. A service that took the
   * deletion for success would commit frames into nowhere until somebody noticed.
   */
  @Test
  void shouldLoseOnlyWhatWasInTheOutputTopicWhenItIsDeletedAndMadeAgain() throws Exception {
    try (FaultRun run = FaultRun.open(cluster, Mode.ASYNC, 25)) {
      ServiceProcess service = run.start();
      run.filmUntilRestored();
      delete(run.config().restoredTopic(), run);
      ServiceProcess.sleep(run.drawn(1000, 3000));
      run.createTopics();
      run.readAnew();
      run.await("restored frames", () -> run.checker().restored(DeliveryChecker.Mark.START) > 50);
      Delivery delivery = run.settle();

      assertThat(delivery.settled()).withFailMessage(run::logs).isTrue();
      assertThat(List.of(delivery.untold(), delivery.toldTwice(), delivery.duplicated()))
          .containsOnly(0);
      assertThat(delivery.reordered() + delivery.mixedUp() + delivery.strangers()).isZero();
      // The books count them, the topic has them no more.
      assertThat(delivery.contradicted()).isEqualTo(delivery.lost());
      Map<Integer, Long> firstRestored = new HashMap<>();
      List<DeliveryChecker.Sent> all = run.checker().sent(DeliveryChecker.Mark.START);
      for (DeliveryChecker.Sent sent : all) {
        if (sent.isRestored()) {
          firstRestored.merge(sent.partition, sent.offset, Math::min);
        }
      }
      assertThat(all)
          .filteredOn(sent -> !sent.isRestored())
          .allMatch(sent -> sent.offset < firstRestored.getOrDefault(sent.partition, 0L));
      assertThat(service.isAlive()).isTrue();
    }
  }

  private static void delete(String topic, FaultRun run)
      throws ExecutionException, InterruptedException {
    try (Admin admin = Admin.create(ClientSettings.admin(run.config()))) {
      admin.deleteTopics(List.of(topic)).all().get();
      while (admin.listTopics().names().get().contains(topic)) {
        Thread.sleep(50);
      }
    }
  }
}
