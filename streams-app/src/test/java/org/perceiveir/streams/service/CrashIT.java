package org.perceiveir.streams.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.io.Writer;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.network.PerceiveIrNetwork;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.preset.Backbone;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.streams.PerceiveStreamsMain;
import org.perceiveir.streams.books.BookKeeper;
import org.perceiveir.streams.books.Books;
import org.perceiveir.streams.client.FramePublisher;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.topology.BadFrames;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** The production entry point in a process of its own, killed while it works. */
class CrashIT {
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final List<String> SOURCES = List.of("a", "b", "c", "d");
  private static final long RESTORED_BEFORE_THE_KILL = 40;
  private static final int MORE_AFTER_THE_KILL = 10;

  @TempDir private Path dir;
  private int runs;

  @Test
  void shouldLoseAndDoubleNoFrameWhenTheProcessIsKilledAndStartedAgain() throws Exception {
    Map<String, String> settings =
        KafkaForTests.get()
            .settings(
                "crash",
                "bundle",
                tinyBundle().toString(),
                "device",
                "cpu",
                "warmup.frame.size",
                "32x24",
                "kafka.transaction.timeout.ms",
                "8000");
    ServiceConfig config = ServiceConfig.of(settings);
    KafkaForTests.createTopics(config);
    Path file = dir.resolve("service.properties");
    Properties properties = new Properties();
    properties.putAll(settings);
    try (Writer writer = Files.newBufferedWriter(file)) {
      properties.store(writer, null);
    }

    AtomicBoolean killed = new AtomicBoolean();
    Process first = start(file);
    await().atMost(LONG).until(() -> !first.isAlive() || log(1).contains("running: "));
    CompletableFuture<Integer> publishing =
        CompletableFuture.supplyAsync(() -> publishUntil(config, killed));
    try (BookKeeper keeper = BookKeeper.open(config)) {
      await()
          .atMost(LONG)
          .pollInterval(Duration.ofMillis(1))
          .until(
              () -> {
                assertThat(first.isAlive()).withFailMessage(() -> log(1)).isTrue();
                return keeper.balance(Duration.ofSeconds(1)).restored() >= RESTORED_BEFORE_THE_KILL;
              });
    }
    first.destroyForcibly().waitFor();
    killed.set(true);
    int frames = publishing.get(60, TimeUnit.SECONDS);

    Process second = start(file);
    try (BookKeeper keeper = BookKeeper.open(config)) {
      Books books = keeper.settle(LONG);

      assertThat(books.summary())
          .withFailMessage(() -> books.summary() + "\n" + log(2))
          .startsWith(
              "received " + SOURCES.size() * frames + " = restored " + SOURCES.size() * frames);
      assertThat(books.settled()).isTrue();
    }
    second.destroy();
    assertThat(second.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(second.exitValue()).isEqualTo(143);
    assertThat(log(2)).contains("running: " + config.inputTopic()).doesNotContain("ERROR");

    Map<String, List<Long>> expected = new TreeMap<>();
    SOURCES.forEach(source -> expected.put(source, PerceiveServiceIT.sequence(frames)));
    assertThat(PerceiveServiceIT.restoredSequences(config, SOURCES.size() * frames))
        .isEqualTo(expected);
  }

  /** Publishes for every source until the service is killed, and a little after. */
  private static int publishUntil(ServiceConfig config, AtomicBoolean killed) {
    int sequence = 0;
    int after = 0;
    try (FramePublisher publisher = FramePublisher.open(config)) {
      List<CompletableFuture<?>> sent = new ArrayList<>();
      while (after < MORE_AFTER_THE_KILL) {
        after += killed.get() ? 1 : 0;
        for (String source : SOURCES) {
          sent.add(
              publisher.publish(
                  new FrameIdentity(source, 1L, (long) sequence, null),
                  BadFrames.image(32, 24),
                  FrameEncoding.PNG));
        }
        sequence++;
        // Not faster than the service: what it is to lose must be in work, not in the queue.
        TimeUnit.MILLISECONDS.sleep(20);
      }
      sent.forEach(CompletableFuture::join);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return sequence;
  }

  private Process start(Path config) throws IOException {
    runs++;
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    return new ProcessBuilder(
            java.toString(),
            "-Xmx512m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            PerceiveStreamsMain.class.getName(),
            "--config",
            config.toString())
        .redirectErrorStream(true)
        .redirectOutput(Redirect.to(dir.resolve("run-" + runs + ".log").toFile()))
        .start();
  }

  private String log(int run) {
    try {
      return Files.readString(dir.resolve("run-" + run + ".log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** A network with random weights: what it makes of the pixels does not matter here. */
  private Path tinyBundle() throws IOException {
    Preset preset =
        new Preset(
            "tiny",
            new Backbone.NafNet(4, List.of(1, 1), 1, List.of(1, 1)),
            null,
            null,
            null,
            null);
    Path bundle = dir.resolve("bundle");
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      ParamStore params = new ParamStore(tf);
      PerceiveIrNetwork.build(tf, params, preset)
          .restore(tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1, -1, 3))));
      ModelBundle.write(
          bundle,
          "tiny",
          "1",
          preset,
          params.initialValues(7),
          JsonNodeFactory.instance.objectNode());
    }
    return bundle;
  }
}
