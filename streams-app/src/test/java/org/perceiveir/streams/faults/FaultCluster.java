package org.perceiveir.streams.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.common.KafkaException;
import org.perceiveir.embedded.EmbeddedBroker;
import org.perceiveir.embedded.EmbeddedSchemaRegistry;

/**
 * A broker and a registry in this JVM that notice a dead client within seconds. The broker can be
 * stopped and started again on its port with its data.
 */
final class FaultCluster implements AutoCloseable {
  private static final int RESTART_ATTEMPTS = 20;

  private final Path dir;
  private final Map<String, String> properties;
  private final EmbeddedSchemaRegistry registry;
  private final int port;
  private EmbeddedBroker broker;

  private FaultCluster(Map<String, String> properties) {
    try {
      this.dir = Files.createTempDirectory("perceive-faults");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.properties = properties;
    this.broker = EmbeddedBroker.start(dir.resolve("broker"), 0, properties);
    this.port = broker.port();
    this.registry = EmbeddedSchemaRegistry.start(0);
  }

  /** Starts both, with timeouts of groups and transactions that a test can wait for. */
  static FaultCluster start() {
    return new FaultCluster(impatient());
  }

  /** Starts both, with the time limits that a production broker has. */
  static FaultCluster startWithProductionTimeouts() {
    return new FaultCluster(
        Map.of("transaction.abort.timed.out.transaction.cleanup.interval.ms", "10000"));
  }

  /** Broker properties under which take-over takes seconds. */
  static Map<String, String> impatient() {
    Map<String, String> p = new HashMap<>();
    // Aborts are looked for every 10 s otherwise.
    p.put("transaction.abort.timed.out.transaction.cleanup.interval.ms", "500");
    p.put("group.min.session.timeout.ms", "1000");
    // With group.protocol=streams the broker decides.
    p.put("group.streams.min.session.timeout.ms", "1000");
    p.put("group.streams.session.timeout.ms", "1500");
    p.put("group.streams.min.heartbeat.interval.ms", "100");
    p.put("group.streams.heartbeat.interval.ms", "300");
    p.put("group.streams.initial.rebalance.delay.ms", "0");
    return p;
  }

  String bootstrapServers() {
    return broker.bootstrapServers();
  }

  EmbeddedSchemaRegistry registry() {
    return registry;
  }

  /** A new directory for the files of one run. */
  Path newDir(String name) {
    try {
      return Files.createTempDirectory(dir, name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void stopBroker() {
    broker.close();
  }

  /** Starts the broker again on its port with its data. */
  void startBroker() {
    KafkaException failure = null;
    for (int attempt = 0; attempt < RESTART_ATTEMPTS; attempt++) {
      try {
        broker = EmbeddedBroker.start(dir.resolve("broker"), port, properties);
        return;
      } catch (KafkaException e) {
        // A client that tries to connect may hold the port for a moment.
        failure = e;
        ServiceProcess.sleep(100);
      }
    }
    throw new IllegalStateException("the broker does not start again", failure);
  }

  /** A broker whose directory disappears halts the JVM: close first. */
  @Override
  public void close() {
    registry.close();
    broker.close();
    delete(dir);
  }

  static void delete(Path dir) {
    try (Stream<Path> files = Files.walk(dir)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
