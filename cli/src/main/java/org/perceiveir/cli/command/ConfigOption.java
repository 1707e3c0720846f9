package org.perceiveir.cli.command;

import java.nio.file.Path;
import java.util.Optional;
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

  /**
   * Reads the configuration.
   *
   * @throws org.perceiveir.streams.config.ConfigurationException if it is wrong
   */
  ServiceConfig load() {
    return ServiceConfig.load(Optional.of(file), System.getenv());
  }
}
