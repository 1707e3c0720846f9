package org.perceiveir.streams.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The broker runs out of disk. */
class FullDiskIT {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int HEAP_MB = 384;
  private static final int ROOM_MIB = 400;

  @TempDir private Path logs;
  private final List<ServiceProcess> brokers = new ArrayList<>();

  @AfterEach
  void stopBrokers() {
    brokers.forEach(ServiceProcess::close);
  }

  /**
   * The most common outage of a broker, in the middle of writing: it dies with half a batch on the
   * disk. Once there is room again, nothing may be missing and the books must balance.
   *
   * <p>The test stands for a cluster without replicas, and asks no more of it than that. While a
   * KRaft broker starts, partitions whose only replica it holds have no leader for a moment; Kafka
   * 4.3.1 then takes them for deleted and leaves out the markers of transactions that it ends, so
   * that an aborted one is committed with the next of its producer. Transactions that outlast the
   * outage are not ended and go on, which is why the timeout is long here.
   */
  @Test
  void shouldBalanceAfterTheDiskOfTheBrokerWasFull(@TempDir Path mountPoint) {
    Optional<SmallDisk> mounted = SmallDisk.mount(mountPoint, ROOM_MIB);
    assumeTrue(mounted.isPresent(), "mounting a file system in memory is not allowed here");
    try (SmallDisk disk = mounted.get();
        FaultCluster cluster = FaultCluster.start()) {
      ServiceProcess broker = broker(disk, "0");
      String address = address(broker);
      String port = address.substring(address.indexOf(':') + 1);
      try (FaultRun run =
          FaultRun.open(
              cluster,
              Mode.ASYNC,
              41,
              "kafka.bootstrap.servers",
              address,
              "kafka.transaction.timeout.ms",
              "60000")) {
        ServiceProcess service = run.start();
        run.filmUntilRestored();
        disk.leave(1024);
        broker.awaitExit(LONG);
        ServiceProcess.sleep(run.drawn(0, 1000));
        disk.enlarge(ROOM_MIB);
        ServiceProcess again = broker(disk, port);
        address(again);
        Delivery delivery = run.settle();

        assertThat(delivery)
            .withFailMessage(() -> delivery + "\n" + run.logs() + again.tail())
            .matches(Delivery::isComplete);
        // What one transaction of each thread can hold, should its markers be left out.
        assertThat(delivery.duplicated()).isLessThan(delivery.in() / 5);
        run.assertBooksAgree();
        assertThat(service.isAlive()).withFailMessage(run::logs).isTrue();
      }
    }
  }

  private ServiceProcess broker(SmallDisk disk, String port) {
    ServiceProcess broker =
        ServiceProcess.start(
            logs.resolve("broker-" + (brokers.size() + 1) + ".log"),
            HEAP_MB,
            BrokerMain.class,
            List.of(disk.dir().resolve("broker").toString(), port));
    brokers.add(broker);
    return broker;
  }

  private static String address(ServiceProcess broker) {
    return broker
        .awaitLine(BrokerMain.SERVES, LONG)
        .log()
        .lines()
        .filter(line -> line.startsWith(BrokerMain.SERVES))
        .findFirst()
        .orElseThrow()
        .substring(BrokerMain.SERVES.length());
  }
}
