package org.perceiveir.streams.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.imaging.codec.ImageFormatException;
import org.perceiveir.schemas.avro.Frame;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.RestorationOperation;
import org.perceiveir.schemas.avro.RestoredFrame;
import org.perceiveir.schemas.frame.FramePayload;
import org.perceiveir.schemas.serde.ConfluentAvroSerde;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.payload.PayloadException;
import org.perceiveir.streams.payload.PayloadReader;
import org.perceiveir.streams.topology.DeadLetters;

/**
 * Compares the outputs of a service with its input, record by record. It reads topics only, so it
 * treats every service alike, the broken one too. For one thread.
 *
 * <p><u>What it compares.</u> The input topic is the truth. Each record needs a restored frame with
 * its identity, or a dead letter with its partition and offset, or telemetry that says SHED; each
 * needs exactly one telemetry record. Restored pixels must be the inverse of the input's, which is
 * what the {@link SimulatedDevice} makes of them.
 *
 * <p><u>When it is final.</u> Once the group has committed the end of every input partition and no
 * transaction is open on the outputs, nothing can follow, except from a service that commits before
 * it has written; for that one it waits a little longer.
 */
final class DeliveryChecker implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(50);
  private static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(1500);
  private static final long ANSWER_SECONDS = 30;

  private record Position(int partition, long offset) {}

  private record Identity(String source, long epoch, long sequence) {
    static Identity of(FrameIdentity id) {
      return new Identity(id.getSourceId(), id.getStreamEpoch(), id.getSequence());
    }
  }

  private record Rank(long epoch, long sequence) implements Comparable<Rank> {
    @Override
    public int compareTo(Rank other) {
      return epoch == other.epoch
          ? Long.compare(sequence, other.sequence)
          : Long.compare(epoch, other.epoch);
    }
  }

  /** One input record and what was seen of it. */
  static final class Sent {
    final int partition;
    final long offset;
    final long appendedMs;
    private final int pixels;
    private final int inverse;
    private int restored;
    private int told;
    private int deadLetters;
    private boolean reordered;
    private boolean mixedUp;
    private @Nullable FrameOutcome outcome;
    private @Nullable String reason;
    private long processedMs;
    private long seenMs;

    Sent(ConsumerRecord<byte[], byte[]> record, int pixels, int inverse) {
      this.partition = record.partition();
      this.offset = record.offset();
      this.appendedMs = record.timestamp();
      this.pixels = pixels;
      this.inverse = inverse;
    }

    /** When its outcome was decided, by the clock of the service; 0 before. */
    long processedMs() {
      return processedMs;
    }

    /** When its first telemetry was committed and read here; 0 before. */
    long seenMs() {
      return seenMs;
    }

    @Nullable FrameOutcome outcome() {
      return outcome;
    }

    /** Why it was dead-lettered or shed, by its telemetry. */
    @Nullable String reason() {
      return reason;
    }

    boolean isRestored() {
      return restored > 0;
    }

    private boolean isLost() {
      return restored == 0 && deadLetters == 0 && outcome != FrameOutcome.SHED;
    }

    private boolean isContradicted() {
      if (outcome == null) {
        return false;
      }
      return switch (outcome) {
        case RESTORED, PASSED_THROUGH -> restored == 0 || deadLetters > 0;
        case DEAD_LETTERED -> deadLetters == 0 || restored > 0;
        case SHED -> deadLetters > 0;
      };
    }
  }

  /** Begin of a round. */
  record Mark(int records, long aborted) {
    static final Mark START = new Mark(0, 0);
  }

  private final ServiceConfig config;
  private final Admin admin;
  private final Consumer<byte[], byte[]> input;
  private final Consumer<byte[], byte[]> outputs;
  private final Consumer<byte[], byte[]> uncommitted;
  private final List<TopicPartition> inputPartitions;
  private final List<TopicPartition> outputPartitions;
  private final Deserializer<Frame> frames;
  private final Deserializer<RestoredFrame> restoredFrames;
  private final Deserializer<FrameTelemetry> telemetry;
  private final PayloadReader payloads;
  private final ImageDecoder decoder =
      new ImageDecoder(new DecodeLimits(4096, 4096, 1 << 24, 1 << 24, 8));

  private final List<Sent> sent = new ArrayList<>();
  private final Map<Position, Sent> byPosition = new HashMap<>();
  private final Map<Identity, Sent> byIdentity = new HashMap<>();
  private final Map<String, Rank> latest = new HashMap<>();
  private int strangers;
  private long committedFrames;
  private long writtenFrames;

  private DeliveryChecker(ServiceConfig config) {
    this.config = config;
    this.admin = Admin.create(ClientSettings.admin(config));
    this.input = consumer(config, "read_committed");
    this.outputs = consumer(config, "read_committed");
    this.uncommitted = consumer(config, "read_uncommitted");
    this.inputPartitions = assign(input, config.inputTopic());
    this.outputPartitions =
        assign(outputs, config.restoredTopic(), config.telemetryTopic(), config.deadLetterTopic());
    assign(uncommitted, config.restoredTopic());
    this.frames = ConfluentAvroSerde.forValue(Frame.class, config.serdeSettings()).deserializer();
    this.restoredFrames =
        ConfluentAvroSerde.forValue(RestoredFrame.class, config.serdeSettings()).deserializer();
    this.payloads = PayloadReader.ofInputAndOutput(config);
    this.telemetry =
        ConfluentAvroSerde.forValue(FrameTelemetry.class, config.serdeSettings()).deserializer();
  }

  /** Opens the topics of a configuration, which must exist, from their beginning. */
  static DeliveryChecker open(ServiceConfig config) {
    return new DeliveryChecker(config);
  }

  private static Consumer<byte[], byte[]> consumer(ServiceConfig config, String isolation) {
    Map<String, Object> settings = ClientSettings.consumer(config);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 500);
    return new KafkaConsumer<>(settings);
  }

  private static List<TopicPartition> assign(Consumer<?, ?> consumer, String... topics) {
    List<TopicPartition> partitions = new ArrayList<>();
    for (String topic : topics) {
      consumer
          .partitionsFor(topic)
          .forEach(p -> partitions.add(new TopicPartition(topic, p.partition())));
    }
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    return partitions;
  }

  /** Where the next round begins: what is published later belongs to it. */
  Mark mark() {
    return new Mark(sent.size(), aborted());
  }

  /** The input records of a round. */
  List<Sent> sent(Mark from) {
    return List.copyOf(sent.subList(from.records, sent.size()));
  }

  /** How many input records of a round have a restored frame. */
  int restored(Mark from) {
    return count(sent(from), Sent::isRestored);
  }

  /** How many input records of a round were shed. */
  int shed(Mark from) {
    return count(sent(from), entry -> entry.outcome == FrameOutcome.SHED);
  }

  /** Reads what has been committed; waits a moment if there is nothing. */
  void read() {
    List<ConsumerRecord<byte[], byte[]>> results = new ArrayList<>();
    outputs.poll(POLL).forEach(results::add);
    // Read after the outputs, so that the record of each result is known.
    readInput();
    results.forEach(this::enter);
  }

  private void readInput() {
    Map<TopicPartition, Long> ends = input.endOffsets(inputPartitions);
    while (!isAt(input, ends)) {
      input.poll(POLL).forEach(this::enterInput);
    }
  }

  private static boolean isAt(Consumer<?, ?> consumer, Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream().allMatch(e -> consumer.position(e.getKey()) >= e.getValue());
  }

  private void enterInput(ConsumerRecord<byte[], byte[]> record) {
    @Nullable Frame frame = frame(record.value());
    byte[] rgb = frame == null ? new byte[0] : inputPixels(frame);
    int pixels = Arrays.hashCode(rgb);
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) ~rgb[i];
    }
    Sent entry = new Sent(record, pixels, Arrays.hashCode(rgb));
    sent.add(entry);
    byPosition.put(new Position(record.partition(), record.offset()), entry);
    if (frame != null) {
      byIdentity.putIfAbsent(Identity.of(frame.getIdentity()), entry);
    }
  }

  private @Nullable Frame frame(byte @Nullable [] value) {
    if (value == null || value.length == 0) {
      return null;
    }
    try {
      return frames.deserialize(config.inputTopic(), value);
    } catch (SerializationException e) {
      return null;
    }
  }

  private byte[] inputPixels(Frame frame) {
    return pixels(frame.getEncoding(), encoded(FramePayload.of(frame)));
  }

  /** From the record, or from where it refers to; none where they are not to be had. */
  private byte[] encoded(FramePayload payload) {
    if (payload instanceof FramePayload.Inline inline) {
      return bytes(inline.buffer());
    }
    try {
      return payloads.read(((FramePayload.External) payload).reference());
    } catch (PayloadException e) {
      return new byte[0];
    }
  }

  /** The pixels; none where the image is broken. */
  private byte[] pixels(FrameEncoding encoding, byte[] encoded) {
    if (encoding == FrameEncoding.RGB8) {
      return encoded;
    }
    try {
      return decoder.decode(encoded).rgb().clone();
    } catch (ImageFormatException e) {
      return new byte[0];
    }
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private void enter(ConsumerRecord<byte[], byte[]> record) {
    if (record.topic().equals(config.restoredTopic())) {
      enterRestored(restoredFrames.deserialize(record.topic(), record.value()));
    } else if (record.topic().equals(config.telemetryTopic())) {
      enterTelemetry(telemetry.deserialize(record.topic(), record.value()));
    } else {
      enterDeadLetter(record);
    }
  }

  private void enterRestored(RestoredFrame frame) {
    committedFrames++;
    Sent entry = byIdentity.get(Identity.of(frame.getIdentity()));
    if (entry == null) {
      strangers++;
      return;
    }
    entry.restored++;
    int expected =
        frame.getOperation() == RestorationOperation.RESTORED ? entry.inverse : entry.pixels;
    entry.mixedUp |=
        Arrays.hashCode(pixels(frame.getEncoding(), encoded(FramePayload.of(frame)))) != expected;
    if (entry.restored == 1) {
      FrameIdentity id = frame.getIdentity();
      Rank rank = new Rank(id.getStreamEpoch(), id.getSequence());
      Rank before = latest.merge(id.getSourceId(), rank, (a, b) -> a.compareTo(b) > 0 ? a : b);
      entry.reordered = !before.equals(rank);
    }
  }

  private void enterTelemetry(FrameTelemetry told) {
    Sent entry = byPosition.get(new Position(told.getInputPartition(), told.getInputOffset()));
    if (entry == null) {
      strangers++;
      return;
    }
    entry.told++;
    if (entry.told == 1) {
      entry.outcome = told.getOutcome();
      entry.reason = told.getReason();
      entry.processedMs = told.getProcessedTimeMicros() / 1000;
      entry.seenMs = System.currentTimeMillis();
    }
  }

  private void enterDeadLetter(ConsumerRecord<byte[], byte[]> letter) {
    Sent entry =
        byPosition.get(
            new Position(
                Integer.parseInt(header(letter, DeadLetters.PARTITION_HEADER)),
                Long.parseLong(header(letter, DeadLetters.OFFSET_HEADER))));
    if (entry == null) {
      strangers++;
      return;
    }
    entry.deadLetters++;
  }

  private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    Header header = Objects.requireNonNull(record.headers().lastHeader(name), name);
    return new String(header.value(), UTF_8);
  }

  /**
   * Reads until nothing can follow any more, or the time is over, and counts.
   *
   * @param from begin of the round to count
   */
  Delivery settle(Mark from, Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    long finalSince = Long.MAX_VALUE;
    while (System.nanoTime() < deadline) {
      if (!isFinal()) {
        finalSince = Long.MAX_VALUE;
        read();
        continue;
      }
      long now = System.nanoTime();
      finalSince = Math.min(finalSince, now);
      readOutputsToEnd();
      Delivery delivery = delivery(from, true);
      if (delivery.isComplete() || now - finalSince > GRACE_NANOS) {
        return delivery;
      }
    }
    read();
    return delivery(from, false);
  }

  /** Whether everything is committed that is in the input, and no transaction is open. */
  private boolean isFinal() {
    Map<TopicPartition, Long> committed = committed();
    boolean consumed =
        input.endOffsets(inputPartitions).entrySet().stream()
            .allMatch(e -> committed.getOrDefault(e.getKey(), 0L) >= e.getValue());
    return consumed
        && ends(IsolationLevel.READ_COMMITTED).equals(ends(IsolationLevel.READ_UNCOMMITTED));
  }

  private void readOutputsToEnd() {
    Map<TopicPartition, Long> ends = ends(IsolationLevel.READ_COMMITTED);
    do {
      read();
    } while (!isAt(outputs, ends));
  }

  /** Restored frames that were written and not committed, up to now. */
  private long aborted() {
    Map<TopicPartition, Long> ends = uncommitted.endOffsets(uncommitted.assignment());
    while (!isAt(uncommitted, ends)) {
      writtenFrames += uncommitted.poll(POLL).count();
    }
    return writtenFrames - committedFrames;
  }

  private Delivery delivery(Mark from, boolean settled) {
    Collection<Sent> counted = sent(from);
    int duplicated = 0;
    int toldTwice = 0;
    for (Sent entry : counted) {
      duplicated += Math.max(0, entry.restored + entry.deadLetters - 1);
      toldTwice += Math.max(0, entry.told - 1);
    }
    return new Delivery(
        counted.size(),
        count(counted, Sent::isRestored),
        count(counted, entry -> entry.deadLetters > 0),
        count(counted, entry -> entry.outcome == FrameOutcome.SHED),
        count(counted, Sent::isLost),
        duplicated,
        count(counted, entry -> entry.reordered),
        count(counted, entry -> entry.mixedUp),
        strangers,
        count(counted, entry -> entry.told == 0),
        toldTwice,
        count(counted, Sent::isContradicted),
        aborted() - from.aborted,
        settled);
  }

  private static int count(Collection<Sent> entries, Predicate<Sent> wanted) {
    return (int) entries.stream().filter(wanted).count();
  }

  /** Transactions of the application that are open at this moment. */
  int openTransactions() {
    ListTransactionsOptions open =
        new ListTransactionsOptions().filterStates(List.of(TransactionState.ONGOING));
    return (int)
        answer(admin.listTransactions(open).all()).stream()
            .filter(t -> t.transactionalId().startsWith(config.applicationId() + "-"))
            .count();
  }

  private Map<TopicPartition, Long> committed() {
    Map<TopicPartition, Long> committed = new HashMap<>();
    try {
      Map<TopicPartition, OffsetAndMetadata> offsets =
          answer(
              admin
                  .listConsumerGroupOffsets(config.applicationId())
                  .partitionsToOffsetAndMetadata());
      offsets.forEach(
          (partition, offset) -> {
            if (offset != null) {
              committed.put(partition, offset.offset());
            }
          });
    } catch (KafkaException e) {
      if (!(e.getCause() instanceof ExecutionException asked
          && asked.getCause() instanceof GroupIdNotFoundException)) {
        throw e;
      }
    }
    return committed;
  }

  private Map<TopicPartition, Long> ends(IsolationLevel isolation) {
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    outputPartitions.forEach(p -> wanted.put(p, OffsetSpec.latest()));
    Map<TopicPartition, Long> ends = new HashMap<>();
    answer(admin.listOffsets(wanted, new ListOffsetsOptions(isolation)).all())
        .forEach((partition, found) -> ends.put(partition, found.offset()));
    return ends;
  }

  private static <T> T answer(KafkaFuture<T> future) {
    try {
      return future.get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new KafkaException("the broker does not answer: " + e.getCause(), e);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  @Override
  public void close() {
    input.close();
    outputs.close();
    uncommitted.close();
    payloads.close();
    admin.close(Duration.ZERO);
  }
}
