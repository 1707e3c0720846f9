package org.perceiveir.cli.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.cli.lifetime.Interruption;
import org.perceiveir.cli.lifetime.ScratchDirectory;
import org.perceiveir.embedded.EmbeddedBroker;
import org.perceiveir.embedded.EmbeddedSchemaRegistry;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./perceive sandbox}. */
@Command(
    name = "sandbox",
    description = {
      "Keeps a Kafka broker and a schema registry up on localhost until Ctrl-C.",
      "For trying out run, publish and clients of your own only: one node, no security."
    })
public final class SandboxCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Spec private CommandSpec spec;

  @Option(
      names = "--kafka-port",
      paramLabel = "P",
      defaultValue = "9092",
      description = "Port of the broker, 0 for a free one. Default: ${DEFAULT-VALUE}.")
  private int kafkaPort;

  @Option(
      names = "--registry-port",
      paramLabel = "P",
      defaultValue = "8081",
      description = "Port of the schema registry, 0 for a free one. Default: ${DEFAULT-VALUE}.")
  private int registryPort;

  @Option(
      names = "--dir",
      paramLabel = "D",
      description = "Keep topics and schemas there for the next time; else they are deleted.")
  private @Nullable Path directory;

  @Override
  public Integer call() throws IOException, InterruptedException {
    try (Interruption interruption = Interruption.watch(PATIENCE)) {
      if (directory == null) {
        try (ScratchDirectory scratch = ScratchDirectory.create("perceive-sandbox-")) {
          serve(scratch.path(), interruption);
        }
      } else {
        serve(Files.createDirectories(directory), interruption);
      }
    }
    return 0;
  }

  private void serve(Path data, Interruption interruption) throws InterruptedException {
    try (EmbeddedSchemaRegistry registry = startRegistry(data);
        EmbeddedBroker broker = startBroker(data)) {
      PrintWriter out = spec.commandLine().getOut();
      out.println("# Sandbox: broker and schema registry on localhost, data in " + data);
      out.println(
          "# Settings for topics create, run and publish; save them as sandbox.properties.");
      out.println("kafka.bootstrap.servers=" + broker.bootstrapServers());
      out.println("schema.registry.url=" + registry.url());
      out.println("bundle=" + ModelOptions.shipped());
      out.println("# Then: ./perceive topics create --config sandbox.properties");
      out.println("#       ./perceive run --config sandbox.properties");
      out.println(
          "#       ./perceive publish --config sandbox.properties --input DIR --source-id camera-1");
      out.println("# Ctrl-C ends the sandbox.");
      out.flush();
      interruption.await();
    }
  }

  private EmbeddedBroker startBroker(Path data) {
    try {
      return EmbeddedBroker.start(data.resolve("kafka"), kafkaPort);
    } catch (KafkaException e) {
      throw new CommandFailure(
          String.valueOf(e.getMessage()), "choose another --kafka-port, 0 for a free one", e);
    }
  }

  private EmbeddedSchemaRegistry startRegistry(Path data) {
    try {
      return EmbeddedSchemaRegistry.start(registryPort, data.resolve("schemas.json"));
    } catch (UncheckedIOException e) {
      throw new CommandFailure(
          "no schema registry on port " + registryPort + ": " + e.getMessage(),
          "choose another --registry-port, 0 for a free one",
          e);
    }
  }
}
