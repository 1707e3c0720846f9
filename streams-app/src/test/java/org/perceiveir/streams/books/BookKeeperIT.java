package org.perceiveir.streams.books;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.perceiveir.schemas.avro.Frame;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.StageTimings;
import org.perceiveir.schemas.serde.ConfluentAvroSerde;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.service.KafkaForTests;

/** The books on a real broker, of services that the test plays. */
class BookKeeperIT {
  private static final Duration SHORT = Duration.ofSeconds(5);

  private final Map<String, String> settings =
      KafkaForTests.get().settings("books", "topics.partitions", "2");
  private final ServiceConfig config = ServiceConfig.of(settings);
  private final KafkaProducer<byte[], byte[]> cameras =
      new KafkaProducer<>(ClientSettings.producer(config));
  private final ConfluentAvroSerde<Frame> frames =
      ConfluentAvroSerde.forValue(Frame.class, config.serdeSettings());
  private final ConfluentAvroSerde<FrameTelemetry> telemetry =
      ConfluentAvroSerde.forValue(FrameTelemetry.class, config.serdeSettings());

  @BeforeEach
  void createTopics() {
    KafkaForTests.createTopics(config);
  }

  @AfterEach
  void close() {
    cameras.close();
    frames.close();
    telemetry.close();
  }

  private byte[] frame(String source, long sequence) {
    return frames
        .serializer()
        .serialize(
            config.inputTopic(),
            new Frame(
                new FrameIdentity(source, 1L, sequence, null),
                1,
                1,
                FrameEncoding.RGB8,
                ByteBuffer.allocate(3),
                Map.of()));
  }

  private void send(int partition, @Nullable String key, byte @Nullable [] value) throws Exception {
    cameras
        .send(
            new ProducerRecord<>(
                config.inputTopic(), partition, key == null ? null : key.getBytes(UTF_8), value))
        .get();
  }

  private ProducerRecord<byte[], byte[]> told(
      int partition, long offset, FrameOutcome outcome, @Nullable String source) {
    FrameTelemetry record = new FrameTelemetry();
    record.setIdentity(source == null ? null : new FrameIdentity(source, 1L, offset, null));
    record.setInputTopic(config.inputTopic());
    record.setInputPartition(partition);
    record.setInputOffset(offset);
    record.setOutcome(outcome);
    record.setTimings(new StageTimings(null, null, null, null));
    record.setProcessedTimeMicros(0L);
    String key = source == null ? "by-key" : source;
    return new ProducerRecord<>(
        config.telemetryTopic(),
        partition,
        key.getBytes(UTF_8),
        telemetry.serializer().serialize(config.telemetryTopic(), record));
  }

  private void tell(int partition, long offset, FrameOutcome outcome, @Nullable String source)
      throws Exception {
    cameras.send(told(partition, offset, outcome, source)).get();
  }

  private KafkaProducer<byte[], byte[]> transactional() {
    return transactional(UUID.randomUUID().toString());
  }

  private KafkaProducer<byte[], byte[]> transactional(String id) {
    Map<String, Object> settings = ClientSettings.producer(config);
    settings.put("transactional.id", id);
    KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings);
    producer.initTransactions();
    return producer;
  }

  /**
   * The offsets of frames that are each alone in their transaction. A broker refuses now and then
   * one that follows at once on the last (seen once, INVALID_TXN_STATE): it goes again.
   */
  private List<Long> publishEachInATransaction(int count) throws Exception {
    String id = UUID.randomUUID().toString();
    List<Long> offsets = new ArrayList<>();
    while (offsets.size() < count) {
      try (KafkaProducer<byte[], byte[]> publisher = transactional(id)) {
        while (offsets.size() < count) {
          publisher.beginTransaction();
          var sent =
              publisher.send(
                  new ProducerRecord<>(config.inputTopic(), 0, null, frame("a", offsets.size())));
          publisher.commitTransaction();
          offsets.add(sent.get().offset());
        }
      } catch (InvalidTxnStateException e) {
        // Nothing of it was committed; the new producer aborts what is left of it.
      }
    }
    return offsets;
  }

  private void commit(int partition, long offset) throws Exception {
    try (Admin admin = Admin.create(ClientSettings.admin(config))) {
      admin
          .alterConsumerGroupOffsets(
              config.applicationId(),
              Map.of(
                  new TopicPartition(config.inputTopic(), partition),
                  new OffsetAndMetadata(offset)))
          .all()
          .get();
    }
  }

  private void delete(String topic, int partition, long before) throws Exception {
    try (Admin admin = Admin.create(ClientSettings.admin(config))) {
      admin
          .deleteRecords(
              Map.of(new TopicPartition(topic, partition), RecordsToDelete.beforeOffset(before)))
          .all()
          .get();
    }
  }

  private BookStatement statement() {
    try (BookKeeper keeper = BookKeeper.open(config)) {
      return keeper.statement(SHORT);
    }
  }

  @Test
  void shouldTellSourcesPartitionsAndOffsetsOfWhatIsMissingAndDoubledAndInFlight()
      throws Exception {
    for (int i = 0; i < 6; i++) {
      send(0, "a", frame("a", i));
    }
    send(0, "key-only", "no avro".getBytes(UTF_8));
    send(0, null, null);
    send(1, "ignored", frame("b", 0));
    send(1, "b", frame("b", 1));
    tell(0, 0, FrameOutcome.RESTORED, "a");
    tell(0, 1, FrameOutcome.PASSED_THROUGH, "a");
    tell(0, 1, FrameOutcome.PASSED_THROUGH, "a");
    tell(0, 4, FrameOutcome.SHED, "a");
    tell(1, 0, FrameOutcome.DEAD_LETTERED, null);
    commit(0, 6);

    BookStatement statement = statement();

    assertThat(statement.lines())
        .containsExactly(
            new BookStatement.Line("a", 0, new Books(6, 1, 1, 1, 0, 0, 3, 1)),
            new BookStatement.Line("b", 1, new Books(1, 0, 0, 0, 0, 1, 0, 0)),
            new BookStatement.Line("by-key", 1, new Books(1, 0, 0, 0, 1, 0, 0, 0)),
            new BookStatement.Line("key-only", 0, new Books(1, 0, 0, 0, 0, 1, 0, 0)),
            new BookStatement.Line("unknown", 0, new Books(1, 0, 0, 0, 0, 1, 0, 0)));
    assertThat(statement.total()).isEqualTo(new Books(10, 1, 1, 1, 1, 3, 3, 1));
    assertThat(statement.missing())
        .containsExactly(
            new SourceOffsets("a", new OffsetRange(0, 2, 4)),
            new SourceOffsets("a", new OffsetRange(0, 5, 6)));
    assertThat(statement.doubled())
        .containsExactly(new SourceOffsets("a", new OffsetRange(0, 1, 2)));
    assertThat(statement.conclusive()).isTrue();
    assertThat(statement.of("b").total()).isEqualTo(new Books(1, 0, 0, 0, 0, 1, 0, 0));
    assertThat(statement.of("b").missing()).isEmpty();
  }

  /** Such a publisher takes an offset for each commit, and none of them is a frame. */
  @Test
  void shouldNotTakeMarkersAndAbortedRecordsForFramesHoweverManyTheyAre() throws Exception {
    List<Long> offsets = publishEachInATransaction(150);
    try (KafkaProducer<byte[], byte[]> publisher = transactional()) {
      publisher.beginTransaction();
      for (int i = 0; i < 100; i++) {
        var unused =
            publisher.send(new ProducerRecord<>(config.inputTopic(), 0, null, frame("a", i)));
      }
      publisher.flush();
      publisher.abortTransaction();
    }
    for (long offset : offsets) {
      var unused = cameras.send(told(0, offset, FrameOutcome.RESTORED, "a"));
    }
    cameras.flush();
    commit(0, offsets.get(149) + 1);

    try (BookKeeper keeper = BookKeeper.open(config)) {
      assertThat(keeper.settle(SHORT)).isEqualTo(new Books(150, 150, 0, 0, 0, 0, 0, 0));
      assertThat(keeper.statement(SHORT).conclusive()).isTrue();
    }
  }

  /** An instance that is slow to commit must not make the frames of another one look lost. */
  @Test
  void shouldCallNothingMissingWhileATransactionOfAnotherInstanceIsOpen() throws Exception {
    for (int i = 0; i < 3; i++) {
      send(0, "a", frame("a", i));
      send(1, "b", frame("b", i));
    }
    try (KafkaProducer<byte[], byte[]> slow = transactional();
        KafkaProducer<byte[], byte[]> quick = transactional();
        BookKeeper keeper = BookKeeper.open(config)) {
      slow.beginTransaction();
      slow.send(told(0, 0, FrameOutcome.RESTORED, "a")).get();
      quick.beginTransaction();
      quick.send(told(0, 1, FrameOutcome.RESTORED, "a")).get();
      quick.send(told(1, 0, FrameOutcome.RESTORED, "b")).get();
      quick.commitTransaction();
      commit(0, 2);
      commit(1, 2);

      BookStatement open = keeper.statement(Duration.ofMillis(300));
      assertThat(open.complete()).isFalse();
      assertThat(open.total()).isEqualTo(new Books(6, 1, 0, 0, 0, 5, 0, 0));

      // More comes while the first judgement is still open: it must fall all the same.
      quick.beginTransaction();
      quick.send(told(0, 2, FrameOutcome.RESTORED, "a")).get();
      assertThat(keeper.audit(Duration.ZERO).total().missing()).isZero();
      slow.commitTransaction();
      Books judged = keeper.balance(Duration.ofMillis(500));
      assertThat(judged.missing()).as("offset 1 of partition 1").isEqualTo(1);
      assertThat(judged.inFlight()).isEqualTo(2);
      quick.commitTransaction();

      assertThat(keeper.statement(SHORT).missing())
          .containsExactly(new SourceOffsets("b", new OffsetRange(1, 1, 2)));
    }
  }

  @Test
  void shouldNotJudgeWhatIsOlderThanTheTelemetryThatIsLeft() throws Exception {
    for (int i = 0; i < 4; i++) {
      send(0, "a", frame("a", i));
      tell(0, i, FrameOutcome.RESTORED, "a");
    }
    // Retention has taken the telemetry of the first three.
    delete(config.telemetryTopic(), 0, 3);
    Thread.sleep(20);
    send(0, "a", frame("a", 4));
    commit(0, 5);

    // Within the skew that clocks may have, the last one may be as old.
    BookStatement statement = statement();
    assertThat(statement.telemetryExpired())
        .containsExactly(new OffsetRange(0, 0, 3), new OffsetRange(0, 4, 5));
    assertThat(statement.total()).isEqualTo(new Books(1, 1, 0, 0, 0, 0, 0, 0));

    Map<String, String> exact = new HashMap<>(settings);
    exact.put("frame.max.clock.skew.ms", "0");
    try (BookKeeper keeper = BookKeeper.open(ServiceConfig.of(exact))) {
      statement = keeper.statement(SHORT);
    }
    assertThat(statement.telemetryExpired()).containsExactly(new OffsetRange(0, 0, 3));
    assertThat(statement.total()).isEqualTo(new Books(2, 1, 0, 0, 0, 0, 1, 0));
    assertThat(statement.missing())
        .containsExactly(new SourceOffsets("a", new OffsetRange(0, 4, 5)));
  }

  @Test
  void shouldTellWhatLeftTheInputBeforeItHadAnOutcome() throws Exception {
    for (int i = 0; i < 4; i++) {
      send(0, "a", frame("a", i));
    }
    try (BookKeeper keeper = BookKeeper.open(config)) {
      assertThat(keeper.balance(SHORT).inFlight()).isEqualTo(4);
      delete(config.inputTopic(), 0, 3);
      tell(0, 3, FrameOutcome.RESTORED, "a");
      commit(0, 4);

      BookStatement statement = keeper.statement(SHORT);
      assertThat(statement.expired()).containsExactly(new OffsetRange(0, 0, 3));
      assertThat(statement.total()).isEqualTo(new Books(1, 1, 0, 0, 0, 0, 0, 0));
    }
  }

  /** Kafka's clients would go on at the end, and all between would be missing. */
  @Test
  void shouldGoOnAtTheNextTelemetryWhenRetentionOvertakesTheReader() throws Exception {
    for (int i = 0; i < 4; i++) {
      send(0, "a", frame("a", i));
    }
    try (BookKeeper keeper = BookKeeper.open(config)) {
      tell(0, 0, FrameOutcome.RESTORED, "a");
      assertThat(keeper.balance(SHORT).restored()).isEqualTo(1);
      tell(0, 1, FrameOutcome.RESTORED, "a");
      tell(0, 2, FrameOutcome.RESTORED, "a");
      tell(0, 3, FrameOutcome.RESTORED, "a");
      delete(config.telemetryTopic(), 0, 3);
      commit(0, 4);

      BookStatement statement = keeper.statement(SHORT);
      // The reader may have fetched offset 1 ahead.
      assertThat(statement.telemetryExpired()).hasSize(1);
      OffsetRange expired = statement.telemetryExpired().get(0);
      assertThat(expired.to()).isEqualTo(3);
      assertThat(statement.total())
          .isEqualTo(new Books(4 - expired.length(), 4 - expired.length(), 0, 0, 0, 0, 0, 0));
    }
  }

  @Test
  void shouldSayWhatItHadNoTimeToRead() throws Exception {
    for (int i = 0; i < 100; i++) {
      var unused = cameras.send(new ProducerRecord<>(config.inputTopic(), 0, null, frame("a", i)));
    }
    cameras.flush();
    try (BookKeeper keeper = BookKeeper.open(config)) {
      BookStatement quick = keeper.audit(SHORT);

      assertThat(quick.notRead()).containsExactly(new OffsetRange(0, 0, 100));
      assertThat(quick.total()).isEqualTo(new Books(100, 0, 0, 0, 0, 100, 0, 0));
      assertThat(quick.lines()).isEmpty();
      assertThat(keeper.statement(SHORT).notRead()).isEmpty();
      assertThat(keeper.audit(SHORT).lines())
          .as("what has been read stays known")
          .isEqualTo(
              List.of(new BookStatement.Line("a", 0, new Books(100, 0, 0, 0, 0, 100, 0, 0))));
    }
  }

  @Test
  void shouldAuditThroughTheTopicsOfARealBroker() throws Exception {
    send(0, "a", frame("a", 0));
    send(0, "a", frame("a", 1));
    tell(0, 1, FrameOutcome.RESTORED, "a");
    try (BooksAudit audit =
        BooksAudit.start(
            config.applicationId(),
            Optional.of(Duration.ofMillis(50)),
            () -> BookKeeper.open(config),
            Clock.systemUTC())) {
      await().atMost(SHORT).until(() -> audit.latest().inFlight() == 1);
      assertThat(audit.latest().balanced()).isTrue();

      commit(0, 2);
      await().atMost(SHORT).until(() -> audit.latest().missing() == 1);
      tell(0, 0, FrameOutcome.RESTORED, "a");
      await().atMost(SHORT).until(() -> audit.latest().settled());
    }
  }
}
