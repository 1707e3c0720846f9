package org.perceiveir.streams.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.schemas.avro.Frame;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.serde.ConfluentAvroSerde;
import org.perceiveir.streams.batch.FakeRestorer;
import org.perceiveir.streams.books.BookKeeper;
import org.perceiveir.streams.books.Books;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.client.CommittedRecords;
import org.perceiveir.streams.client.FramePublisher;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.header.FrameHeaders;

/** The asynchronous batcher on a real broker, with a device whose speed the test knows. */
class LoadIT {
  private static final Duration LONG = Duration.ofSeconds(90);
  private static final List<String> SOURCES = List.of("a", "b", "c", "d");
  private static final RgbImage IMAGE = RgbImage.wrap(16, 8, new byte[3 * 16 * 8]);

  private final KafkaForTests kafka = KafkaForTests.get();

  private static CompletableFuture<?> publish(
      FramePublisher publisher, String source, long sequence, Map<String, String> headers) {
    long now = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    return publisher.publishEncoded(
        new FrameIdentity(source, 1L, sequence, now),
        IMAGE.width(),
        IMAGE.height(),
        FrameEncoding.RGB8,
        IMAGE.rgb(),
        Map.of(),
        headers);
  }

  private static void publishBacklog(ServiceConfig config, int framesPerSource) {
    try (FramePublisher publisher = FramePublisher.open(config)) {
      List<CompletableFuture<?>> sent = new ArrayList<>();
      for (int i = 0; i < framesPerSource; i++) {
        for (String source : SOURCES) {
          sent.add(publish(publisher, source, i, Map.of()));
        }
      }
      sent.forEach(CompletableFuture::join);
    }
  }

  private static List<FrameTelemetry> settled(ServiceConfig config) {
    try (BookKeeper keeper = BookKeeper.open(config)) {
      Books books = keeper.settle(LONG);
      assertThat(books.settled()).as(books.summary()).isTrue();
    }
    List<FrameTelemetry> all = new ArrayList<>();
    try (CommittedRecords<FrameTelemetry> telemetry =
        CommittedRecords.telemetry(config, CommittedRecords.From.BEGINNING)) {
      List<CommittedRecords.Entry<FrameTelemetry>> entries = telemetry.poll(Duration.ofSeconds(2));
      while (!entries.isEmpty()) {
        entries.forEach(entry -> all.add(entry.value()));
        entries = telemetry.poll(Duration.ofSeconds(1));
      }
    }
    return all;
  }

  private static double framesPerPass(List<FrameTelemetry> telemetry) {
    double passes = telemetry.stream().mapToDouble(t -> 1.0 / t.getBatchSize()).sum();
    return telemetry.size() / passes;
  }

  /** A device that runs half-empty batches does a fraction of what was paid for. */
  @Test
  void shouldFillBatchesFromABacklogWithTwoThreads() {
    ServiceConfig config =
        kafka.config(
            "full",
            "topics.partitions",
            "4",
            "frame.max.bytes",
            "65536",
            "books.audit.interval.ms",
            "1000");
    publishBacklog(config, 250);
    try (PerceiveService service =
        new PerceiveService(config, () -> new FakeRestorer().taking(5, 0.5))) {
      service.start();

      List<FrameTelemetry> telemetry = settled(config);

      assertThat(telemetry).hasSize(1_000);
      assertThat(framesPerPass(telemetry)).isGreaterThan(0.8 * config.batchMaxSize());
      assertThat(service.meters().threadFailures()).isZero();
      // The metric and the command must say the same.
      await().atMost(LONG).until(() -> service.books().restored() == 1_000);
      assertThat(service.books().settled()).isTrue();
    }
    Map<String, List<Long>> restored = PerceiveServiceIT.restoredSequences(config, 1_000);
    assertThat(restored).hasSize(SOURCES.size());
    assertThat(restored.values())
        .allSatisfy(sequence -> assertThat(sequence).isEqualTo(PerceiveServiceIT.sequence(250)));
  }

  /**
   * Pins what design (vi) rests on: Kafka Streams flushes the table's cache before it commits the
   * offsets of a task that closes. Frames wait here for a batch that never fills.
   */
  @ParameterizedTest
  @ValueSource(strings = {"exactly_once_v2", "at_least_once"})
  void shouldLoseNothingWhenItIsClosedWithHalfFullBatches(String guarantee) throws Exception {
    ServiceConfig config =
        kafka.config(
            "half",
            "topics.partitions",
            "2",
            "frame.max.bytes",
            "65536",
            "processing.guarantee",
            guarantee,
            "batch.max.delay.ms",
            "30000",
            "kafka.transaction.timeout.ms",
            "200000",
            "kafka.commit.interval.ms",
            "60000");
    try (PerceiveService service = new PerceiveService(config, FakeRestorer::new)) {
      service.start();
      await().atMost(LONG).until(service::isProcessing);
      try (FramePublisher publisher = FramePublisher.open(config)) {
        for (String source : SOURCES) {
          publish(publisher, source, 0, Map.of()).join();
        }
      }
      // Read by the service, and not yet restored: no batch is full and no commit is due.
      TimeUnit.SECONDS.sleep(2);
      assertThat(service.meters().restored()).isZero();
    }

    try (BookKeeper keeper = BookKeeper.open(config)) {
      Books books = keeper.balance(LONG);
      assertThat(books.summary()).contains("received 4 = restored 4 ");
      assertThat(books.settled()).isTrue();
    }
  }

  /** The table of the barrier drops records without a key; the frames must not go with them. */
  @Test
  void shouldRestoreFramesWithoutAKey() throws Exception {
    ServiceConfig config = kafka.config("keyless", "topics.partitions", "1");
    try (KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(ClientSettings.producer(config));
        ConfluentAvroSerde<Frame> serde =
            ConfluentAvroSerde.forValue(Frame.class, config.serdeSettings())) {
      for (long i = 0; i < 30; i++) {
        Frame frame =
            new Frame(
                new FrameIdentity("cam", 1L, i, null),
                IMAGE.width(),
                IMAGE.height(),
                FrameEncoding.RGB8,
                ByteBuffer.wrap(IMAGE.rgb()),
                Map.of());
        byte[] key = i % 3 == 0 ? null : ("key-" + i).getBytes(UTF_8);
        producer
            .send(
                new ProducerRecord<>(
                    config.inputTopic(),
                    key,
                    serde.serializer().serialize(config.inputTopic(), frame)))
            .get();
      }
    }
    try (PerceiveService service =
        new PerceiveService(config, () -> new FakeRestorer().taking(5, 0.5))) {
      service.start();

      assertThat(settled(config)).hasSize(30);
    }
    assertThat(PerceiveServiceIT.restoredSequences(config, 30))
        .containsOnly(Map.entry("cam", PerceiveServiceIT.sequence(30)));
  }

  /**
   * An exception that escaped the drain would be taken for the marker's, and drop the rest of it.
   */
  @Test
  void shouldDeadLetterOnlyTheFramesThatFailWhenTheyShareABarrierWithOthers() {
    ServiceConfig config =
        kafka.config("some", "topics.partitions", "2", "frame.max.bytes", "65536");
    publishBacklog(config, 50);
    AtomicInteger calls = new AtomicInteger();
    AtomicBoolean warm = new AtomicBoolean();
    try (PerceiveService service =
        new PerceiveService(
            config,
            () ->
                new FakeRestorer(
                        frame -> {
                          if (warm.get() && calls.incrementAndGet() % 7 == 0) {
                            throw new IllegalArgumentException("every seventh call fails");
                          }
                          return frame;
                        })
                    .taking(2, 0.2))) {
      service.start();
      warm.set(true);

      List<FrameTelemetry> telemetry = settled(config);

      assertThat(telemetry).hasSize(200);
      assertThat(telemetry)
          .extracting(FrameTelemetry::getOutcome)
          .contains(FrameOutcome.DEAD_LETTERED, FrameOutcome.RESTORED)
          .doesNotContain(FrameOutcome.SHED);
      assertThat(service.meters().threadFailures()).isZero();
    }
  }

  /** A service that commits when there is nothing to commit keeps the brokers busy for ever. */
  @Test
  void shouldCommitNothingWhenNothingComes() throws Exception {
    ServiceConfig config =
        kafka.config("idle", "topics.partitions", "4", "frame.max.bytes", "65536");
    publishBacklog(config, 3);
    try (PerceiveService service = new PerceiveService(config, FakeRestorer::new)) {
      service.start();
      assertThat(settled(config)).hasSize(12);

      // The aggregates commit later than the frames: how much depends on the machine.
      AtomicLong seen = new AtomicLong();
      await()
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofSeconds(2))
          .until(() -> commits(config), last -> last == seen.getAndSet(last));
      assertThat(seen).hasPositiveValue();
      TimeUnit.SECONDS.sleep(2);
      assertThat(commits(config)).isEqualTo(seen.get());
    }
  }

  /** What has ever been written about offsets; groups without commits write nothing there. */
  private static long commits(ServiceConfig config) throws Exception {
    try (Admin admin = Admin.create(ClientSettings.admin(config))) {
      TopicPartition offsets = new TopicPartition("__consumer_offsets", 0);
      return admin
          .listOffsets(Map.of(offsets, OffsetSpec.latest()))
          .partitionResult(offsets)
          .get()
          .offset();
    }
  }

  /** Priorities decide what is shed, not that something is: half the load must lose nothing. */
  @Test
  void shouldShedNothingBelowCapacityWhateverThePriorities() {
    ServiceConfig config =
        kafka.config(
            "burst",
            "topics.partitions",
            "4",
            "frame.max.bytes",
            "65536",
            "frame.max.age.ms",
            "20000");
    try (PerceiveService service =
        new PerceiveService(config, () -> new FakeRestorer().taking(8, 5))) {
      service.start();
      await().atMost(LONG).until(service::isProcessing);
      // 80 frames at once, half a second of work, of which one camera's matter more.
      try (FramePublisher publisher = FramePublisher.open(config)) {
        List<CompletableFuture<?>> sent = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
          for (String source : SOURCES) {
            sent.add(
                publish(
                    publisher,
                    source,
                    i,
                    source.equals("d") ? Map.of(FrameHeaders.PRIORITY, "1") : Map.of()));
          }
        }
        sent.forEach(CompletableFuture::join);
      }

      assertThat(settled(config))
          .hasSize(80)
          .allMatch(told -> told.getOutcome() == FrameOutcome.RESTORED);
    }
  }

  /**
   * Three times what the device can do: 8 frames a pass of 48 ms are 167 frames/s, the sources send
   * 500. What comes out must be fresh, and what is dropped must be what matters least.
   */
  @Test
  void shouldBoundTheAgeAndShedLowPrioritiesFirstWhenThereIsThreeTimesTooMuch() throws Exception {
    long limitMs = 500;
    ServiceConfig config =
        kafka.config(
            "overload",
            "topics.partitions",
            "4",
            "frame.max.bytes",
            "65536",
            "frame.max.age.ms",
            String.valueOf(limitMs));
    int frames = 500 * 8;
    try (PerceiveService service =
        new PerceiveService(config, () -> new FakeRestorer().taking(8, 5))) {
      service.start();
      await().atMost(LONG).until(service::isProcessing);
      try (FramePublisher publisher = FramePublisher.open(config)) {
        List<CompletableFuture<?>> sent = new ArrayList<>();
        long begin = System.nanoTime();
        for (int i = 0; i < frames; i++) {
          long due = begin + i * 2_000_000L;
          while (System.nanoTime() < due) {
            LockSupport.parkNanos(due - System.nanoTime());
          }
          String source = SOURCES.get(i % SOURCES.size());
          Map<String, String> headers =
              source.equals("d") ? Map.of(FrameHeaders.PRIORITY, "1") : Map.of();
          sent.add(publish(publisher, source, i / SOURCES.size(), headers));
        }
        sent.forEach(CompletableFuture::join);
      }
      List<FrameTelemetry> telemetry = settled(config);
      assertThat(telemetry).hasSize(frames);

      long restored = 0;
      long oldestAtEntry = 0;
      long oldestOverBatch = 0;
      double lowShed = 0;
      double highShed = 0;
      for (FrameTelemetry told : telemetry) {
        boolean high = told.getPriority() > 0;
        if (told.getOutcome() == FrameOutcome.RESTORED) {
          restored++;
          oldestAtEntry = Math.max(oldestAtEntry, told.getAgeMicros());
          long ageOut = told.getProcessedTimeMicros() - told.getIdentity().getCaptureTimeMicros();
          oldestOverBatch = Math.max(oldestOverBatch, ageOut - told.getTimings().getInferMicros());
        } else {
          assertThat(told.getOutcome()).isEqualTo(FrameOutcome.SHED);
          lowShed += high ? 0 : 1;
          highShed += high ? 1 : 0;
        }
      }
      String figures =
          String.format(
              Locale.ROOT,
              "3x overload: %d frames, %d restored, shed %.1f %% of priority 0 and %.1f %% of priority"
                  + " 1; oldest at the network %d ms, oldest written %d ms + its batch; %.1f frames a"
                  + " pass",
              frames,
              restored,
              100 * lowShed / (frames * 0.75),
              100 * highShed / (frames * 0.25),
              oldestAtEntry / 1000,
              oldestOverBatch / 1000,
              framesPerPass(telemetry.stream().filter(t -> t.getBatchSize() != null).toList()));
      System.out.println(figures);

      assertThat(oldestAtEntry).as(figures).isLessThanOrEqualTo(limitMs * 1000);
      // The limit and one batch; what is beyond is the time until the thread gets the processor.
      assertThat(oldestOverBatch).as(figures).isLessThan((limitMs + 300) * 1000);
      assertThat(restored).as(figures).isGreaterThan(frames / 10);
      assertThat(highShed / (frames * 0.25))
          .as(figures)
          .isLessThan(0.8 * lowShed / (frames * 0.75));
    }
  }
}
