package org.perceiveir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.perceiveir.embedded.EmbeddedBroker;
import org.perceiveir.embedded.EmbeddedSchemaRegistry;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.service.PerceiveService;
import org.perceiveir.streams.topics.TopicAdmin;

/**
 * A broker, a registry and the topics of one configuration; the service, once it is started; and
 * the commands, called with that configuration.
 */
final class OperatedCluster implements AutoCloseable {
  private final EmbeddedBroker broker;
  private final EmbeddedSchemaRegistry registry;
  private final Path file;
  private final ServiceConfig config;
  private final PerceiveService service;

  /**
   * Starts all but the service.
   *
   * @param directory for everything
   * @param settings of the service, beside the addresses
   */
  OperatedCluster(Path directory, Map<String, String> settings) throws IOException {
    broker = EmbeddedBroker.start(directory.resolve("kafka"), 0);
    registry = EmbeddedSchemaRegistry.start(0);
    Properties all = new Properties();
    all.put("kafka.bootstrap.servers", broker.bootstrapServers());
    all.put("schema.registry.url", registry.url());
    all.put("warmup.frame.size", "16x8");
    all.put("kafka.state.dir", directory.resolve("state").toString());
    all.putAll(settings);
    file = directory.resolve("service.properties");
    try (var writer = Files.newBufferedWriter(file)) {
      all.store(writer, null);
    }
    config = ServiceConfig.load(file);
    try (TopicAdmin topics = TopicAdmin.open(config)) {
      topics.create();
    }
    service = new PerceiveService(config, Mirror::new);
  }

  ServiceConfig config() {
    return config;
  }

  /** The configuration's file. */
  Path file() {
    return file;
  }

  String bootstrapServers() {
    return broker.bootstrapServers();
  }

  String registryUrl() {
    return registry.url();
  }

  /** A service that gives frames back as they are; to be started by the test, closed with this. */
  PerceiveService service() {
    return service;
  }

  CommandLineRun run(String... args) {
    return CommandLineRun.of(
        Stream.concat(Stream.of(args), Stream.of("--config", file.toString()))
            .toArray(String[]::new));
  }

  CommandLineRun succeed(String... args) {
    CommandLineRun run = run(args);
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    return run;
  }

  @Override
  public void close() {
    service.close();
    registry.close();
    broker.close();
  }
}
