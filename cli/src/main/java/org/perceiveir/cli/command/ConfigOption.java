package org.perceiveir.cli.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.streams.config.ServiceConfig;
import picocli.CommandLine.Option;

/** The option that names the configuration of the service, for commands that look at its topics. */
final class ConfigOption {

  @Option(
      names = "--config",
      paramLabel = "FILE",
      required = true,
      description = {
        "Java properties, those that the service runs with; docs/configuration.md lists the keys.",
        "Environment variables PERCEIVE_STREAMS_... override the keys of the file."
      })
  private Path file = Path.of("");

  /** What a command does with the topics of a configuration. */
  @FunctionalInterface
  interface Work {
    void with(ServiceConfig service) throws IOException;
  }

  /**
   * Reads the configuration and works with it.
   *
   * @return exit code 0
   * @throws org.perceiveir.streams.config.ConfigurationException if the configuration is wrong
   * @throws CommandFailure if the brokers do not answer or a topic is missing
   */
  int use(Work work) throws IOException {
    ServiceConfig service = ServiceConfig.load(Optional.of(file), System.getenv());
    try {
      work.with(service);
      return 0;
    } catch (KafkaException e) {
      if (e.getClass().getName().startsWith("org.perceiveir.")) {
        throw e;
      }
      throw new CommandFailure(
          "Kafka on " + service.bootstrapServers() + " gave no usable answer: " + e.getMessage(),
          "check "
              + ServiceConfig.BOOTSTRAP_SERVERS
              + " and the brokers, and that the topics are there: ./perceive topics create --config "
              + file,
          e);
    }
  }
}
