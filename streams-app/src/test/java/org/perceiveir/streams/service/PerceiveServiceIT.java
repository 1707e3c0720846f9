package org.perceiveir.streams.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.perceiveir.embedded.EmbeddedSchemaRegistry;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.RestoredFrame;
import org.perceiveir.streams.batch.FakeRestorer;
import org.perceiveir.streams.books.BookKeeper;
import org.perceiveir.streams.books.Books;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.client.CommittedRecords;
import org.perceiveir.streams.client.FramePublisher;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.topics.TopicAdmin;
import org.perceiveir.streams.topics.TopicReport;
import org.perceiveir.streams.topology.BadFrames;
import org.perceiveir.streams.topology.DeadLetters;

/** The service on a real broker, with a restorer of the test's. */
class PerceiveServiceIT {
  private static final Duration LONG = Duration.ofSeconds(90);

  private final KafkaForTests kafka = KafkaForTests.get();

  private static void publish(ServiceConfig config, String source, int from, int to) {
    try (FramePublisher publisher = FramePublisher.open(config)) {
      List<CompletableFuture<?>> sent = new ArrayList<>();
      for (int i = from; i < to; i++) {
        sent.add(
            publisher.publish(
                new FrameIdentity(source, 1L, (long) i, 1_000_000L + i),
                BadFrames.image(16, 8),
                FrameEncoding.PNG));
      }
      sent.forEach(CompletableFuture::join);
    }
  }

  private static Books settle(ServiceConfig config) {
    try (BookKeeper keeper = BookKeeper.open(config)) {
      return keeper.settle(LONG);
    }
  }

  /** Sequences by source, in the order of the restored topic. */
  static Map<String, List<Long>> restoredSequences(ServiceConfig config, int expected) {
    Map<String, List<Long>> sequences = new TreeMap<>();
    AtomicInteger count = new AtomicInteger();
    try (CommittedRecords<RestoredFrame> restored =
        CommittedRecords.restored(config, CommittedRecords.From.BEGINNING)) {
      await()
          .atMost(LONG)
          .pollInterval(Duration.ofMillis(1))
          .until(
              () -> {
                for (CommittedRecords.Entry<RestoredFrame> entry :
                    restored.poll(Duration.ofMillis(200))) {
                  FrameIdentity identity = entry.value().getIdentity();
                  sequences
                      .computeIfAbsent(identity.getSourceId(), s -> new ArrayList<>())
                      .add(identity.getSequence());
                  count.incrementAndGet();
                }
                return count.get() >= expected;
              });
      restored
          .poll(Duration.ofMillis(300))
          .forEach(
              entry ->
                  sequences
                      .computeIfAbsent(
                          entry.value().getIdentity().getSourceId(), s -> new ArrayList<>())
                      .add(entry.value().getIdentity().getSequence()));
    }
    return sequences;
  }

  static List<Long> sequence(int to) {
    List<Long> all = new ArrayList<>();
    for (long i = 0; i < to; i++) {
      all.add(i);
    }
    return all;
  }

  @Test
  void shouldRestoreEveryFrameOnceAndInTheOrderOfItsSource() {
    ServiceConfig config = kafka.config("end-to-end", "batch.max.delay.ms", "2");
    for (String source : List.of("a", "b", "c")) {
      publish(config, source, 0, 10);
    }
    try (PerceiveService service = new PerceiveService(config, FakeRestorer::new)) {
      service.start();
      for (String source : List.of("a", "b", "c")) {
        publish(config, source, 10, 20);
      }

      Books books = settle(config);
      assertThat(books.summary()).contains("received 60 = restored 60 ");
      assertThat(books.settled()).isTrue();
      assertThat(service.meters().restored()).isEqualTo(60);
      await().atMost(LONG).until(service::isProcessing);
    }
    assertThat(restoredSequences(config, 60))
        .containsOnly(
            Map.entry("a", sequence(20)),
            Map.entry("b", sequence(20)),
            Map.entry("c", sequence(20)));
  }

  @Test
  void shouldCreateTopicsOnceAndRefuseToStartWithoutThem() {
    ServiceConfig config = ServiceConfig.of(kafka.settings("topics", "topics.partitions", "2"));
    try (PerceiveService service = new PerceiveService(config, FakeRestorer::new)) {
      assertThatThrownBy(service::start)
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(config.inputTopic())
          .hasMessageContaining("perceive topics create --config FILE");
      assertThat(service.state()).isEqualTo(PerceiveService.State.FAILED);
    }

    assertThat(KafkaForTests.createTopics(config))
        .extracting(TopicReport::status)
        .containsOnly(TopicReport.Status.CREATED);
    assertThat(KafkaForTests.createTopics(config))
        .extracting(TopicReport::status)
        .containsOnly(TopicReport.Status.EXISTS);

    Map<String, String> other = new HashMap<>(settingsOf(config));
    other.put("topics.partitions", "3");
    other.put("frame.max.bytes", "2097152");
    ServiceConfig changed = ServiceConfig.of(other);
    assertThat(KafkaForTests.createTopics(changed).get(0).summary())
        .contains("partitions 2 instead of 3")
        .contains("max.message.bytes");
    other.put("frame.max.bytes", "20971520");
    try (TopicAdmin topics = TopicAdmin.open(ServiceConfig.of(other))) {
      assertThatThrownBy(topics::check)
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("kafka-configs.sh")
          .hasMessageContaining("max.message.bytes=22020096");
    }
  }

  private static Map<String, String> settingsOf(ServiceConfig config) {
    return Map.of(
        "kafka.bootstrap.servers", config.bootstrapServers(),
        "schema.registry.url", config.registryUrl(),
        "topic.input", config.inputTopic(),
        "topic.restored", config.restoredTopic(),
        "topic.telemetry", config.telemetryTopic(),
        "topic.dead.letter", config.deadLetterTopic());
  }

  @Test
  void shouldDeadLetterEveryKindOfBadFrameAndGoOn() throws Exception {
    ServiceConfig config =
        kafka.config(
            "poison",
            "topics.partitions",
            "1",
            "frame.max.bytes",
            String.valueOf(BadFrames.FRAME_MAX_BYTES),
            "decode.max.scans",
            "4");
    // Room for the one that is too large: a foreign topic may allow more than we do.
    Map<String, String> generous = new HashMap<>(settingsOf(config));
    generous.put("frame.max.bytes", "2097152");
    Map<String, Object> producerSettings = ClientSettings.producer(ServiceConfig.of(generous));
    List<BadFrames.BadFrame> bad = BadFrames.all(config.inputTopic(), config.serdeSettings());
    assertThat(bad).hasSizeGreaterThanOrEqualTo(20);
    List<BadFrames.BadFrame> sent = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(producerSettings)) {
      for (BadFrames.BadFrame frame : bad) {
        byte[] value = frame.value();
        if (value == null || value.length <= config.inputRecordMaxBytes() - 1024) {
          producer.send(new ProducerRecord<>(config.inputTopic(), null, value)).get();
          sent.add(frame);
        }
      }
    }
    publish(config, "cam", 0, 3);

    try (PerceiveService service = new PerceiveService(config, FakeRestorer::new)) {
      service.start();
      Books books = settle(config);

      assertThat(books.deadLettered()).isEqualTo(sent.size());
      assertThat(books.restored()).isEqualTo(3);
      assertThat(books.settled()).isTrue();
      assertThat(service.state()).isEqualTo(PerceiveService.State.RUNNING);
      assertThat(service.meters().threadFailures()).isZero();
    }
    List<ConsumerRecord<byte[], byte[]>> letters = readAll(config, config.deadLetterTopic());
    assertThat(letters)
        .extracting(
            letter ->
                new String(letter.headers().lastHeader(DeadLetters.REASON_HEADER).value(), UTF_8))
        .containsExactlyElementsOf(sent.stream().map(frame -> frame.reason().name()).toList());
    for (int i = 0; i < sent.size(); i++) {
      assertThat(letters.get(i).value()).isEqualTo(sent.get(i).value());
      assertThat(letters.get(i).key()).isEqualTo("unknown".getBytes(UTF_8));
    }
  }

  private static List<ConsumerRecord<byte[], byte[]>> readAll(ServiceConfig config, String topic) {
    List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(ClientSettings.consumer(config))) {
      TopicPartition partition = new TopicPartition(topic, 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
      while (consumer.position(partition) < end) {
        consumer.poll(Duration.ofMillis(200)).forEach(all::add);
      }
    }
    return all;
  }

  /** The frame whose schema nobody can tell yet is as good as any other. */
  @Test
  void shouldWaitForTheRegistryAndLoseNothingWhenItIsAway() throws Exception {
    try (EmbeddedSchemaRegistry registry = EmbeddedSchemaRegistry.start(0)) {
      ServiceConfig config =
          kafka.config(
              "outage",
              "schema.registry.url",
              registry.url(),
              "schema.registry.max.retries",
              "0",
              "topics.partitions",
              "2");
      publish(config, "cam", 0, 5);
      try (PerceiveService service = new PerceiveService(config, FakeRestorer::new)) {
        service.start();
        assertThat(settle(config).restored()).isEqualTo(5);

        // A newer producer's schema: its id is in no cache of the service.
        byte[] newer = NewerFrames.serialize(config, "cam", 5);
        registry.pause();
        try (KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(ClientSettings.producer(config))) {
          producer
              .send(new ProducerRecord<>(config.inputTopic(), "cam".getBytes(UTF_8), newer))
              .get();
        }
        await().atMost(LONG).until(() -> service.meters().threadFailures() >= 2);
        assertThat(service.state()).isEqualTo(PerceiveService.State.RUNNING);
        registry.resume();
        publish(config, "cam", 6, 10);

        Books books = settle(config);
        assertThat(books.restored()).isEqualTo(10);
        assertThat(books.deadLettered()).isZero();
        assertThat(books.settled()).isTrue();
      }
      assertThat(restoredSequences(config, 10)).containsOnly(Map.entry("cam", sequence(10)));
    }
  }

  /** 2 s a frame: one round over six partitions outlasts a transaction of Kafka's 10 s. */
  @Test
  void shouldFitTransactionsToASlowNetworkOrRefuse() {
    Map<String, String> settings =
        kafka.settings("slow", "topics.partitions", "6", "stream.threads", "1");
    ServiceConfig config = ServiceConfig.of(settings);
    KafkaForTests.createTopics(config);
    int published = 5;
    for (int source = 0; source < published; source++) {
      publish(config, "s" + source, 0, 1);
    }

    Map<String, String> impatient = new HashMap<>(settings);
    impatient.put("kafka.transaction.timeout.ms", "10000");
    try (PerceiveService refused =
        new PerceiveService(ServiceConfig.of(impatient), PerceiveServiceIT::slow)) {
      assertThatThrownBy(refused::start)
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("kafka.transaction.timeout.ms=10000: must be at least")
          .hasMessageContaining("6 tasks x (1 + 1) records");
    }

    try (PerceiveService service = new PerceiveService(config, PerceiveServiceIT::slow)) {
      service.start();
      assertThat(service.timeLimits().orElseThrow().transactionTimeoutMs()).isGreaterThan(48_000);

      Books books = settle(config);
      assertThat(books.restored()).isEqualTo(published);
      assertThat(books.settled()).isTrue();
      assertThat(service.meters().threadFailures()).isZero();
      // An aborted transaction would have been counted twice.
      assertThat(service.meters().restored()).isEqualTo(published);
    }
  }

  private static FakeRestorer slow() {
    return new FakeRestorer().taking(0, 2_000);
  }

  @Test
  void shouldStopAsFailedWhenTheHeapIsFullAndRestoreTheFrameInTheNextRun() throws Exception {
    ServiceConfig config = kafka.config("fatal", "topics.partitions", "1");
    AtomicInteger calls = new AtomicInteger();
    AtomicBoolean full = new AtomicBoolean();
    try (PerceiveService service =
        new PerceiveService(
            config,
            () ->
                new FakeRestorer(
                    frame -> {
                      if (full.get()) {
                        calls.incrementAndGet();
                        throw new OutOfMemoryError("test");
                      }
                      return frame;
                    }))) {
      service.start();
      full.set(true);
      publish(config, "cam", 0, 1);
      assertThat(service.awaitEnd()).isEqualTo(PerceiveService.State.FAILED);
      assertThat(service.failure().orElseThrow()).hasStackTraceContaining("OutOfMemoryError: test");
    }
    assertThat(calls.get()).isEqualTo(1);

    try (PerceiveService service = new PerceiveService(config, FakeRestorer::new)) {
      service.start();
      Books books = settle(config);
      assertThat(books.summary()).contains("received 1 = restored 1 ");
      assertThat(books.settled()).isTrue();
    }
  }

  /** The books must notice what they exist for. */
  @Test
  void shouldFindLostAndDoubledFramesInTheBooks() throws Exception {
    ServiceConfig config = kafka.config("books", "topics.partitions", "1");
    publish(config, "cam", 0, 4);
    try (NaiveService naive = new NaiveService(config)) {
      naive.tell(0, FrameOutcome.RESTORED);
      naive.tell(1, FrameOutcome.RESTORED);
      naive.tell(1, FrameOutcome.RESTORED);
      naive.commit(3);
    }

    try (BookKeeper keeper = BookKeeper.open(config)) {
      Books books = keeper.balance(LONG);
      assertThat(books).isEqualTo(new Books(4, 2, 0, 0, 0, 1, 1, 1));
      assertThat(books.balanced()).isFalse();
    }
  }
}
