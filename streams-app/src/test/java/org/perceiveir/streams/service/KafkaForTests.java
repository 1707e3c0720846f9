package org.perceiveir.streams.service;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.perceiveir.embedded.EmbeddedBroker;
import org.perceiveir.embedded.EmbeddedSchemaRegistry;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.streams.client.FramePublisher;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.topics.TopicAdmin;
import org.perceiveir.streams.topics.TopicReport;
import org.perceiveir.streams.topology.BadFrames;

/** One broker and one registry for all tests of this JVM; each test gets topics of its own. */
public final class KafkaForTests {
  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static final KafkaForTests INSTANCE = new KafkaForTests();

  private final EmbeddedBroker broker;
  private final EmbeddedSchemaRegistry registry;

  private KafkaForTests() {
    try {
      Path dir = Files.createTempDirectory("perceive-streams-test");
      // Aborts are looked for every 10 s otherwise, which a test would only wait for.
      broker =
          EmbeddedBroker.start(
              dir, 0, Map.of("transaction.abort.timed.out.transaction.cleanup.interval.ms", "500"));
      registry = EmbeddedSchemaRegistry.start(0);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> end(dir)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The one of this JVM, started on first use. */
  public static KafkaForTests get() {
    return INSTANCE;
  }

  /** A broker whose directory disappears halts the JVM: close first. */
  private void end(Path dir) {
    registry.close();
    broker.close();
    try (Stream<Path> files = Files.walk(dir)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  EmbeddedSchemaRegistry registry() {
    return registry;
  }

  /** Settings with topics and an application that no other test uses. */
  public Map<String, String> settings(String name, String... pairs) {
    String own = name + "-" + NUMBER.incrementAndGet();
    Map<String, String> settings = new HashMap<>();
    settings.put("kafka.bootstrap.servers", broker.bootstrapServers());
    settings.put("schema.registry.url", registry.url());
    settings.put("application.id", own);
    settings.put("topic.input", own + ".degraded");
    settings.put("topic.restored", own + ".restored");
    settings.put("topic.telemetry", own + ".telemetry");
    settings.put("topic.dead.letter", own + ".dead-letter");
    settings.put("topic.sources", own + ".sources");
    settings.put("topic.alerts", own + ".alerts");
    // Two more topics and a second application for each test; where they are the subject, they are
    // switched on.
    settings.put("aggregates.enabled", "false");
    settings.put("warmup.frame.size", "16x8");
    settings.put("warmup.frames", "1");
    settings.put("kafka.session.timeout.ms", "6000");
    for (int i = 0; i < pairs.length; i += 2) {
      settings.put(pairs[i], pairs[i + 1]);
    }
    return settings;
  }

  /** As above, checked, with its topics created. */
  public ServiceConfig config(String name, String... pairs) {
    ServiceConfig config = ServiceConfig.of(settings(name, pairs));
    createTopics(config);
    return config;
  }

  /** Publishes small frames of one source, numbered from 0, and waits until they are there. */
  public static void publish(ServiceConfig config, String source, int frames) {
    try (FramePublisher publisher = FramePublisher.open(config)) {
      List<CompletableFuture<?>> sent = new ArrayList<>();
      for (int i = 0; i < frames; i++) {
        sent.add(
            publisher.publish(
                new FrameIdentity(source, 1L, (long) i, null),
                BadFrames.image(16, 8),
                FrameEncoding.PNG));
      }
      sent.forEach(CompletableFuture::join);
    }
  }

  /** Creates the topics of a configuration. */
  public static List<TopicReport> createTopics(ServiceConfig config) {
    try (TopicAdmin topics = TopicAdmin.open(config)) {
      return topics.create();
    }
  }
}
