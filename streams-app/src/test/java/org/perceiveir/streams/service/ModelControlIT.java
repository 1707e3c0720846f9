package org.perceiveir.streams.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.embedded.EmbeddedSchemaRegistry;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.ModelOrder;
import org.perceiveir.schemas.avro.ModelSlotName;
import org.perceiveir.schemas.avro.ModelState;
import org.perceiveir.schemas.avro.ModelStatus;
import org.perceiveir.streams.books.BookKeeper;
import org.perceiveir.streams.books.Books;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.client.CommittedRecords;
import org.perceiveir.streams.client.FramePublisher;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.control.InstanceAnswer;
import org.perceiveir.streams.control.ModelOrders;
import org.perceiveir.streams.control.ModelRefusedException;
import org.perceiveir.streams.pass.ModelIdentity;
import org.perceiveir.streams.pass.TierJudge;

/** Orders for models on a real broker, with devices whose speed the test knows. */
class ModelControlIT {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final RgbImage IMAGE = RgbImage.wrap(16, 8, new byte[3 * 16 * 8]);

  private final KafkaForTests kafka = KafkaForTests.get();

  @TempDir private Path models;

  /** The network "base", and whatever lies in the directory; "slow" takes 0.6 s. */
  private static final class NamedNetworks implements Networks {
    @Override
    public Restorer full() {
      return new NamedRestorer("base", 6, 1);
    }

    @Override
    public Optional<Restorer> light() {
      return Optional.empty();
    }

    @Override
    public Optional<TierJudge> judge() {
      return Optional.empty();
    }

    @Override
    public Restorer candidate(Path directory, Optional<String> sha256) {
      String name = String.valueOf(directory.getFileName());
      if (sha256.isPresent() && !sha256.get().equals(NamedRestorer.sha256(name))) {
        throw new ModelRefusedException("other weights");
      }
      if (!Files.exists(directory.resolve("model.json"))) {
        throw new ModelRefusedException(name + " holds no model.json");
      }
      return new NamedRestorer(name, name.equals("slow") ? 600 : 6, 1);
    }
  }

  private void bundle(String name) throws IOException {
    Files.createFile(Files.createDirectories(models.resolve(name)).resolve("model.json"));
  }

  private ServiceConfig config(String name, String... pairs) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "topics.partitions",
                "2",
                "frame.max.bytes",
                "65536",
                "batch.max.size",
                "4",
                "models.directory",
                models.toString(),
                "topic.model.control",
                name + ".control",
                "topic.model.status",
                name + ".status"));
    all.addAll(List.of(pairs));
    return kafka.config(name, all.toArray(new String[0]));
  }

  private static List<InstanceAnswer> send(ServiceConfig config, ModelOrder order) {
    return ModelOrders.of(config).send(order, LONG);
  }

  private static ModelStatus only(List<InstanceAnswer> answers) {
    assertThat(answers).hasSize(1);
    assertThat(answers.get(0).complete()).isTrue();
    assertThat(answers.get(0).statuses()).hasSize(1);
    return answers.get(0).statuses().get(0);
  }

  private static ModelStatus load(ServiceConfig config, String name) {
    return only(send(config, ModelOrders.load(ModelSlotName.FULL, name, Optional.empty(), null)));
  }

  private static CompletableFuture<Integer> publishUntil(ServiceConfig config, AtomicBoolean stop) {
    return CompletableFuture.supplyAsync(
        () -> {
          int sequence = 0;
          try (FramePublisher publisher = FramePublisher.open(config)) {
            List<CompletableFuture<?>> sent = new ArrayList<>();
            while (!stop.get()) {
              for (String source : List.of("a", "b")) {
                sent.add(
                    publisher.publish(
                        new FrameIdentity(source, 1L, (long) sequence, null),
                        IMAGE,
                        FrameEncoding.RGB8));
              }
              sequence++;
              Thread.sleep(20);
            }
            sent.forEach(CompletableFuture::join);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return sequence;
        });
  }

  private static List<FrameTelemetry> telemetry(ServiceConfig config, int expected) {
    List<FrameTelemetry> all = new ArrayList<>();
    try (CommittedRecords<FrameTelemetry> records =
        CommittedRecords.telemetry(config, CommittedRecords.From.BEGINNING)) {
      await()
          .atMost(LONG)
          .pollInterval(Duration.ofMillis(1))
          .until(
              () -> {
                records.poll(Duration.ofMillis(200)).forEach(entry -> all.add(entry.value()));
                return all.size() >= expected;
              });
    }
    return all;
  }

  private static String bundle(PerceiveService service) {
    return service.model().map(ModelIdentity::bundle).orElse("none");
  }

  @Test
  void shouldExchangeModelsUnderLoadWithoutLosingAFrame() throws Exception {
    for (String name : List.of("a", "b", "slow")) {
      bundle(name);
    }
    Files.createDirectories(models.resolve("broken"));
    int openBefore = NamedRestorer.OPEN.get();
    ServiceConfig config = config("swap");
    AtomicBoolean stop = new AtomicBoolean();
    int sequences;
    try (PerceiveService service = new PerceiveService(config, new NamedNetworks())) {
      service.start();
      await().atMost(LONG).until(service::isProcessing);
      CompletableFuture<Integer> published = publishUntil(config, stop);
      try {
        for (int round = 0; round < 2; round++) {
          assertThat(load(config, "a")).matches(s -> s.getState() == ModelState.READY);
          assertThat(load(config, "b")).matches(s -> s.getState() == ModelState.READY);
        }
        assertThat(bundle(service)).isEqualTo("b");
        assertRefusals(config);
        assertThat(bundle(service)).isEqualTo("b");

        ModelStatus shadow =
            only(send(config, ModelOrders.load(ModelSlotName.SHADOW, "a", Optional.empty(), 0.5)));
        assertThat(shadow.getState()).isEqualTo(ModelState.READY);
        assertThat(shadow.getShare()).isEqualTo(0.5);
        int seen = (int) service.meters().restored();
        await().atMost(LONG).until(() -> service.meters().restored() > seen + 20);
        assertThat(only(send(config, ModelOrders.unload(ModelSlotName.SHADOW))).getState())
            .isEqualTo(ModelState.EMPTY);
        assertThat(only(send(config, ModelOrders.unload(ModelSlotName.FULL))).getBundleName())
            .isEqualTo("base");
        assertThat(NamedRestorer.OPEN.get()).isEqualTo(openBefore + 1);
      } finally {
        stop.set(true);
      }
      sequences = published.join();
      try (BookKeeper keeper = BookKeeper.open(config)) {
        Books books = keeper.settle(LONG);
        assertThat(books.settled()).as(books.summary()).isTrue();
        assertThat(books.restored()).isEqualTo(2L * sequences);
      }
      assertThat(service.meters().threadFailures()).isZero();
    }
    assertThat(NamedRestorer.OPEN.get()).isEqualTo(openBefore);

    List<FrameTelemetry> telemetry = telemetry(config, 2 * sequences);
    assertThat(telemetry).extracting(FrameTelemetry::getBundleName).contains("base", "a", "b");
    assertThat(telemetry.stream().filter(t -> t.getShadow() != null).toList())
        .hasSizeGreaterThanOrEqualTo(10)
        .allSatisfy(
            t -> {
              var shadow = Objects.requireNonNull(t.getShadow());
              assertThat(shadow.getBundleName()).isEqualTo("a");
              assertThat(shadow.getFailure()).isNull();
              assertThat(shadow.getPsnrDb()).isInfinite();
            });
    assertThat(PerceiveServiceIT.restoredSequences(config, 2 * sequences).values())
        .allSatisfy(s -> assertThat(s).isEqualTo(PerceiveServiceIT.sequence(sequences)));
    System.out.println(waits(telemetry));
  }

  /** A figure for the reader of the test's output, not a limit: machines are busy. */
  private static String waits(List<FrameTelemetry> telemetry) {
    List<Long> micros =
        telemetry.stream()
            .map(t -> t.getTimings().getQueueMicros())
            .filter(Objects::nonNull)
            .sorted()
            .toList();
    return "wait for a pass over "
        + micros.size()
        + " frames with exchanges: median "
        + micros.get(micros.size() / 2)
        + " us, longest "
        + micros.get(micros.size() - 1)
        + " us";
  }

  private static void assertRefusals(ServiceConfig config) {
    assertThat(
            Stream.of("slow", "broken", "missing", "../secret")
                .map(name -> load(config, name))
                .toList())
        .allSatisfy(status -> assertThat(status.getState()).isEqualTo(ModelState.FAILED))
        // What it holds is told all the same.
        .allSatisfy(status -> assertThat(status.getBundleName()).isEqualTo("b"))
        .extracting(ModelStatus::getMessage)
        .satisfiesExactly(
            slow -> assertThat(slow).contains("would take", "the time limits of this run leave"),
            broken -> assertThat(broken).contains("broken holds no model.json"),
            missing -> assertThat(missing).contains("has no bundle 'missing'; it has a, b"),
            outside -> assertThat(outside).contains("is no name of a bundle"));
    ModelStatus wrongHash =
        only(
            send(
                config,
                ModelOrders.load(
                    ModelSlotName.FULL, "a", Optional.of(NamedRestorer.sha256("b")), null)));
    assertThat(wrongHash.getState()).isEqualTo(ModelState.FAILED);
    assertThat(wrongHash.getMessage()).isEqualTo("other weights");
    assertThat(
            only(send(
                    config,
                    ModelOrders.load(
                        ModelSlotName.FULL, "b", Optional.of(NamedRestorer.sha256("b")), null)))
                .getState())
        .isEqualTo(ModelState.READY);
    assertThat(
            only(send(config, ModelOrders.load(ModelSlotName.LIGHT, "a", Optional.empty(), null)))
                .getMessage())
        .contains("no light way");
  }

  @Test
  void shouldBringEveryInstanceToTheWantedStateAndHearThemAll() throws Exception {
    bundle("a");
    ServiceConfig config = config("all");
    // Whoever can write to the topic can write nonsense; the orders behind it count all the same.
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(ClientSettings.producer(config))) {
      producer
          .send(
              new ProducerRecord<>(
                  config.modelControl().controlTopic(),
                  "FULL".getBytes(UTF_8),
                  "x".getBytes(UTF_8)))
          .get();
    }
    assertThat(send(config, ModelOrders.load(ModelSlotName.FULL, "a", Optional.empty(), null)))
        .isEmpty();

    try (PerceiveService first = new PerceiveService(config, new NamedNetworks())) {
      first.start();
      assertThat(bundle(first)).isEqualTo("a");
      await().atMost(LONG).until(first::isProcessing);
      // What nobody could carry out must not be what a new instance begins with.
      assertThat(load(config, "missing").getState()).isEqualTo(ModelState.FAILED);
      try (PerceiveService second = new PerceiveService(config, new NamedNetworks())) {
        second.start();
        assertThat(bundle(second)).isEqualTo("a");
        await().atMost(LONG).until(() -> first.isProcessing() && second.isProcessing());
        assertThat(bundle(first)).isEqualTo("a");

        List<InstanceAnswer> unloaded = send(config, ModelOrders.unload(ModelSlotName.FULL));

        assertThat(unloaded).hasSize(2).allMatch(InstanceAnswer::succeeded);
        assertThat(bundle(first)).isEqualTo("base");
        assertThat(bundle(second)).isEqualTo("base");
      }
      List<InstanceAnswer> status = send(config, ModelOrders.status());
      assertThat(status).hasSize(1);
      assertThat(status.get(0).statuses())
          .extracting(ModelStatus::getSlot, ModelStatus::getState, ModelStatus::getBundleSha256)
          .containsExactly(
              tuple(ModelSlotName.FULL, ModelState.READY, NamedRestorer.sha256("base")),
              tuple(ModelSlotName.LIGHT, ModelState.EMPTY, null),
              tuple(ModelSlotName.SHADOW, ModelState.EMPTY, null));
    }
  }

  /** Models are a convenience: without them the frames must flow all the same. */
  @Test
  void shouldStartInAnOutageOfTheRegistryAndObeyWhenItIsOver() throws Exception {
    bundle("a");
    try (EmbeddedSchemaRegistry registry = EmbeddedSchemaRegistry.start(0)) {
      ServiceConfig config =
          config("late", "schema.registry.url", registry.url(), "schema.registry.max.retries", "0");
      assertThat(send(config, ModelOrders.load(ModelSlotName.FULL, "a", Optional.empty(), null)))
          .isEmpty();
      registry.pause();
      try (PerceiveService service = new PerceiveService(config, new NamedNetworks())) {
        service.start();
        assertThat(service.state()).isEqualTo(PerceiveService.State.RUNNING);
        assertThat(bundle(service)).isEqualTo("base");

        registry.resume();

        await().atMost(LONG).until(() -> bundle(service).equals("a"));
        assertThat(service.state()).isEqualTo(PerceiveService.State.RUNNING);
      }
    }
  }
}
