package org.perceiveir.cli.command;

import java.nio.file.Path;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.topics.TopicAdmin;
import org.perceiveir.streams.topics.TopicReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive topics}. */
@Command(
    name = "topics",
    description = "Manages the topics of the service.",
    synopsisSubcommandLabel = "COMMAND")
public final class TopicsCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "topics needs to know what: create");
  }

  /** Creates the topics that do not exist; leaves the others as they are. */
  @Command(
      name = "create",
      description = "Creates the topics that do not exist; leaves the others as they are.")
  int create(
      @Option(
              names = "--config",
              paramLabel = "FILE",
              required = true,
              description = "Java properties; docs/configuration.md lists the keys.")
          Path configFile) {
    try (TopicAdmin topics = TopicAdmin.open(ServiceConfig.load(configFile))) {
      for (TopicReport report : topics.create()) {
        spec.commandLine().getOut().println(report.summary());
      }
      spec.commandLine().getOut().flush();
    }
    return 0;
  }
}
