package org.perceiveir.streams.letters;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perceiveir.schemas.avro.Frame;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.serde.ConfluentAvroSerde;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.client.TopicScan;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.header.FrameHeaders;
import org.perceiveir.streams.inspect.InspectedRecord;
import org.perceiveir.streams.inspect.RecordReader;
import org.perceiveir.streams.inspect.TopicTail;
import org.perceiveir.streams.replay.ReplayFailedException;
import org.perceiveir.streams.replay.SourceReplay;
import org.perceiveir.streams.service.KafkaForTests;
import org.perceiveir.streams.topology.DeadLetters;

/** Dead letters and past frames on a real broker, sent in again. */
class ReplayIT {
  /** Retention deletes records of 1970 within the minute. */
  private static final long THEN = System.currentTimeMillis() - 60_000;

  private final ServiceConfig config =
      KafkaForTests.get().config("replay", "topics.partitions", "2");
  private final KafkaProducer<byte[], byte[]> producer =
      new KafkaProducer<>(ClientSettings.producer(config));
  private final ConfluentAvroSerde<Frame> frames =
      ConfluentAvroSerde.forValue(Frame.class, config.serdeSettings());

  @AfterEach
  void close() {
    producer.close();
    frames.close();
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
                ByteBuffer.wrap(new byte[] {1, 2, 3}),
                Map.of()));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  /** A dead letter as the service writes it. */
  private void letter(
      int partition, String key, String value, String reason, long offset, String... headers)
      throws Exception {
    List<Header> all = new ArrayList<>();
    all.add(new RecordHeader("own", bytes("kept")));
    all.add(new RecordHeader(DeadLetters.REASON_HEADER, bytes(reason)));
    all.add(new RecordHeader(DeadLetters.MESSAGE_HEADER, bytes("why \u001b[31m")));
    all.add(new RecordHeader(DeadLetters.TOPIC_HEADER, bytes(config.inputTopic())));
    all.add(new RecordHeader(DeadLetters.PARTITION_HEADER, bytes("1")));
    all.add(new RecordHeader(DeadLetters.OFFSET_HEADER, bytes(String.valueOf(offset))));
    for (int i = 0; i < headers.length; i += 2) {
      all.add(new RecordHeader(headers[i], bytes(headers[i + 1])));
    }
    producer
        .send(
            new ProducerRecord<>(
                config.deadLetterTopic(), partition, THEN + offset, bytes(key), bytes(value), all))
        .get();
  }

  private List<ConsumerRecord<byte[], byte[]>> input() {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (TopicScan scan = TopicScan.open(config, config.inputTopic())) {
      scan.all(records::add);
    }
    return records;
  }

  /** Appends an input record keyed "cam"; returns its time, which no later one has. */
  private long append(int partition, byte[] value) throws Exception {
    long time =
        producer
            .send(new ProducerRecord<>(config.inputTopic(), partition, bytes("cam"), value))
            .get()
            .timestamp();
    Thread.sleep(3);
    return time;
  }

  private static @Nullable String header(ConsumerRecord<byte[], byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null ? null : new String(header.value(), UTF_8);
  }

  @Test
  void shouldSendALetterAsItsRecordWasAndMarkTheReplay() throws Exception {
    letter(0, "unknown", "raw", "UNREADABLE_RECORD", 7, DeadLetters.KEY_ABSENT_HEADER, "true");
    letter(
        0,
        "unknown",
        "again",
        "INTERNAL_ERROR",
        8,
        FrameHeaders.REPLAYS,
        "1",
        FrameHeaders.REPLAY_OF,
        config.inputTopic() + "-0@2");

    try (DeadLetterBox box = DeadLetterBox.open(config)) {
      assertThat(box.replay(LetterFilter.ALL, 3, true, () -> false).sent()).isEqualTo(2);
      assertThat(input()).as("a dry run").isEmpty();
      assertThat(box.replay(LetterFilter.ALL, 3, false, () -> false))
          .isEqualTo(new LetterReplay(2, 0, 0, 0, 0));
    }

    List<ConsumerRecord<byte[], byte[]>> sent = input();
    assertThat(sent).hasSize(2);
    assertThat(sent).extracting(ConsumerRecord::partition).containsOnly(1);
    ConsumerRecord<byte[], byte[]> first = sent.get(0);
    assertThat(first.key()).as("null was its key").isNull();
    assertThat(first.value()).isEqualTo(bytes("raw"));
    assertThat(first.timestamp()).isGreaterThan(THEN + 1_000);
    assertThat(first.headers())
        .extracting(Header::key)
        .containsExactly("own", FrameHeaders.REPLAYS, FrameHeaders.REPLAY_OF);
    assertThat(header(first, FrameHeaders.REPLAYS)).isEqualTo("1");
    assertThat(header(first, FrameHeaders.REPLAY_OF)).isEqualTo(config.inputTopic() + "-1@7");
    ConsumerRecord<byte[], byte[]> second = sent.get(1);
    assertThat(second.key()).isEqualTo(bytes("unknown"));
    assertThat(header(second, FrameHeaders.REPLAYS)).isEqualTo("2");
    assertThat(header(second, FrameHeaders.REPLAY_OF))
        .as("the record that the chain began with")
        .isEqualTo(config.inputTopic() + "-0@2");
  }

  @Test
  void shouldLeaveOutAndCountWhatCannotOrMustNotBeSent() throws Exception {
    String of = config.inputTopic() + "-1@7";
    letter(0, "a", "first death", "RESTORE_FAILED", 7);
    letter(
        0,
        "a",
        "second death",
        "RESTORE_FAILED",
        20,
        FrameHeaders.REPLAYS,
        "1",
        FrameHeaders.REPLAY_OF,
        of);
    letter(
        0,
        "b",
        "too often",
        "RESTORE_FAILED",
        9,
        FrameHeaders.REPLAYS,
        "3",
        FrameHeaders.REPLAY_OF,
        config.inputTopic() + "-1@1");
    letter(1, "c", "beginning of", "RECORD_TOO_LARGE", 10, DeadLetters.CUT_HEADER, "99999");
    letter(1, "d", "other", "IMAGE_TRUNCATED", 11);
    producer.send(new ProducerRecord<>(config.deadLetterTopic(), 1, null, bytes("alien"))).get();

    try (DeadLetterBox box = DeadLetterBox.open(config)) {
      assertThat(box.replay(LetterFilter.reason("image_truncated"), 3, true, () -> false))
          .isEqualTo(new LetterReplay(1, 0, 0, 0, 0));
      assertThat(box.replay(LetterFilter.ALL, 3, false, () -> false))
          .isEqualTo(new LetterReplay(2, 1, 1, 1, 1));
      assertThat(box.replay(0, 0, 3, true, () -> false))
          .as("by its place, an older death too")
          .contains(new LetterReplay(1, 0, 0, 0, 0));
      assertThat(box.replay(1, 99, 3, true, () -> false)).isEmpty();
    }

    assertThat(input())
        .extracting(record -> new String(record.value(), UTF_8))
        .containsExactlyInAnyOrder("second death", "other");
  }

  /** A half replay could neither be repeated nor taken back. */
  @Test
  void shouldSendNothingWhenItIsInterruptedOrALetterDoesNotFit() throws Exception {
    letter(0, "a", "1", "RESTORE_FAILED", 1);
    letter(0, "a", "2", "RESTORE_FAILED", 2);
    int[] asked = {0};
    try (DeadLetterBox box = DeadLetterBox.open(config)) {
      // Two passes over two letters select; the fifth look is at the first that is sent.
      assertThatThrownBy(() -> box.replay(LetterFilter.ALL, 3, false, () -> ++asked[0] > 5))
          .isInstanceOf(ReplayFailedException.class)
          .hasMessageContaining("nothing was sent");
    }
    letter(0, "a", "x".repeat(config.inputRecordMaxBytes() + 1000), "RECORD_TOO_LARGE", 3);
    try (DeadLetterBox box = DeadLetterBox.open(config)) {
      assertThatThrownBy(() -> box.replay(LetterFilter.ALL, 3, false, () -> false))
          .isInstanceOf(ReplayFailedException.class)
          .hasMessageContaining("max.message.bytes");
    }

    assertThat(input()).isEmpty();
  }

  @Test
  void shouldCountLettersByReasonAndSource() throws Exception {
    letter(0, "key", "no avro", "UNREADABLE_RECORD", 5);
    letter(0, "key", "no avro", "UNREADABLE_RECORD", 3, FrameHeaders.REPLAYS, "1");
    letter(1, "key", "cut", "RECORD_TOO_LARGE", 4, DeadLetters.CUT_HEADER, "99");
    producer
        .send(new ProducerRecord<>(config.deadLetterTopic(), 0, THEN, null, frame("cam", 1)))
        .get();

    try (DeadLetterBox box = DeadLetterBox.open(config)) {
      assertThat(box.summary())
          .containsExactly(
              new LetterCount("(none)", "cam", 1, THEN, THEN, 0, 0),
              new LetterCount("RECORD_TOO_LARGE", "key", 1, THEN + 4, THEN + 4, 0, 1),
              new LetterCount("UNREADABLE_RECORD", "key", 2, THEN + 3, THEN + 5, 1, 0));
      assertThat(box.last(2, LetterFilter.ALL))
          .extracting(DeadLetter::timestampMs)
          .containsExactly(THEN + 4, THEN + 5);
      assertThat(box.last(9, LetterFilter.reason("UNREADABLE_RECORD"))).hasSize(2);
      DeadLetter one = box.at(0, 1).orElseThrow();
      assertThat(one.origin()).contains(new DeadLetter.Origin(config.inputTopic(), 1, 3));
      assertThat(one.replays()).isEqualTo(1);
    }
  }

  @Test
  void shouldReplayTheSpanOfOneSourceOnce() throws Exception {
    long[] times = new long[5];
    for (int i = 0; i < 5; i++) {
      times[i] = append(0, frame("cam", i));
      if (i == 2) {
        append(0, frame("other", 9));
        append(1, bytes("no avro"));
      }
    }
    Instant from = Instant.ofEpochMilli(times[1]);
    Instant to = Instant.ofEpochMilli(times[3]);

    try (SourceReplay replay = SourceReplay.open(config)) {
      SourceReplay.Selection selection = replay.select("cam", from, to, () -> false);
      assertThat(selection.records().size()).isEqualTo(3);
      replay.send(selection, () -> false);
    }

    List<ConsumerRecord<byte[], byte[]>> replays =
        input().stream().filter(r -> FrameHeaders.replays(r.headers()) > 0).toList();
    assertThat(replays)
        .extracting(r -> header(r, FrameHeaders.REPLAY_OF))
        .containsExactly(
            config.inputTopic() + "-0@1",
            config.inputTopic() + "-0@2",
            config.inputTopic() + "-1@0");
    assertThat(replays.get(0).value()).isEqualTo(frame("cam", 1));
    assertThat(replays.get(0).key()).isEqualTo(bytes("cam"));
    try (SourceReplay replay = SourceReplay.open(config)) {
      SourceReplay.Selection all =
          replay.select("cam", Instant.EPOCH, Instant.now().plusSeconds(60), () -> false);
      assertThat(all.records().size()).isEqualTo(6);
      assertThat(all.replays()).as("a replay is not replayed").isEqualTo(3);
    }
  }

  @Test
  void shouldShowTheLastRecordsByTheSchemaOfTheirWriter() throws Exception {
    for (int i = 0; i < 4; i++) {
      append(i % 2, frame("a/b", i));
    }
    append(0, bytes("junk"));
    RecordReader reader = RecordReader.of(config);

    List<InspectedRecord> shown =
        TopicTail.read(config, config.inputTopic(), 2).stream().map(reader::read).toList();

    assertThat(shown).hasSize(2);
    InspectedRecord frame = shown.get(0);
    assertThat(frame.schema()).contains("org.perceiveir.schemas.avro.Frame");
    assertThat(frame.json().orElseThrow().at("/payload").asText()).isEqualTo("<3 bytes>");
    assertThat(frame.json().orElseThrow().at("/identity/sourceId").asText()).isEqualTo("a/b");
    assertThat(frame.file().orElseThrow().stem()).matches("a_b~[0-9a-f]{8}-1-3");
    assertThat(frame.file().orElseThrow().extension()).isEqualTo("png");
    assertThat(frame.file().orElseThrow().content()).startsWith(0x89, 'P', 'N', 'G');
    assertThat(shown.get(1).json()).isEmpty();
    assertThat(shown.get(1).remark()).isNotEqualTo(Optional.empty());
  }

  /** Each replay is a transaction of its own, and its marker stands at the end of the topic. */
  @Test
  void shouldFindTheLastRecordsBehindTheMarkersOfTransactions() throws Exception {
    letter(0, "a", "1", "RESTORE_FAILED", 1);
    try (DeadLetterBox box = DeadLetterBox.open(config)) {
      for (int i = 0; i < 3; i++) {
        assertThat(box.replay(0, 0, 9, false, () -> false)).isPresent();
      }
    }

    assertThat(TopicTail.read(config, config.inputTopic(), 3)).hasSize(3);
  }
}
