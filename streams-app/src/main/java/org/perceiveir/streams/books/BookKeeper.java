package org.perceiveir.streams.books;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.client.CommittedRecords;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.config.TopicSpec;
import org.perceiveir.streams.source.SourceReader;

/**
 * Keeps the books of one application from its topics alone: committed telemetry against the offsets
 * of the input topic. Needs nothing of the service that runs. For one thread.
 *
 * <p><u>Order of reading.</u> First the offsets that the service has committed, then the end of the
 * telemetry with everything that is written there and not yet committed, then the telemetry up to
 * that end. Telemetry is written before its offset is committed, with either guarantee, so
 * telemetry that is missing below such an offset is lost, not late. Reading up to that end takes
 * until every transaction that was open there has ended, whichever instance it belongs to; where
 * the time is not enough, the pair of offsets and end is kept, and its judgement falls in a later
 * call. So under steady load, too, every offset is judged some time.
 *
 * <p><u>Scope.</u> Input records that the topic still holds. Offsets without telemetry are looked
 * at in the input itself: the markers of a publisher's transactions and aborted records take
 * offsets too, and only the record tells its source. Partitions that are added later are not in the
 * books of a keeper that is open.
 *
 * <p><u>Retention.</u> Where telemetry was deleted before it was read, input records that are not
 * younger than it ({@link TelemetryHoles}) cannot be judged: they are told apart and counted
 * nowhere. Clocks of producers and workers may differ by {@code frame.max.clock.skew.ms}.
 *
 * <p><u>After an exception</u> the keeper can be used again: the call has read nothing, or what it
 * has read is in the books.
 */
public final class BookKeeper implements Auditable {
  private static final long ANSWER_SECONDS = 30;

  /** So many offsets in flight are looked at in a quick balance. */
  private static final long FEW = 64;

  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration QUICK_LOOK = Duration.ofSeconds(2);
  private static final Duration BETWEEN_BALANCES = Duration.ofMillis(20);

  private final ServiceConfig config;
  private final Admin admin;
  private final CommittedRecords<FrameTelemetry> telemetry;
  private final SourceReader sources;
  private final List<TopicPartition> inputs;
  private final List<TopicPartition> telemetryPartitions;
  private final Ledger ledger;
  private final TelemetryHoles holes = new TelemetryHoles();
  private final Deque<Checkpoint> checkpoints = new ArrayDeque<>();
  private final Map<Integer, WriteOff> writeOffs = new HashMap<>();
  private final List<OffsetRange> telemetryExpired = new ArrayList<>();
  private Map<Integer, Long> judged = Map.of();
  private @Nullable InputGaps gaps;

  /** What was committed when the telemetry ended there. */
  private record Checkpoint(Map<Integer, Long> committed, Map<TopicPartition, Long> ends) {}

  /**
   * Records of one partition that cannot be judged.
   *
   * @param from all before this offset
   * @param to none from this offset on
   * @param untilMs between them, those whose time is not later
   */
  private record WriteOff(long from, long to, long untilMs) {
    boolean covers(ConsumerRecord<byte[], byte[]> record) {
      return record.offset() < to && record.timestamp() <= untilMs;
    }
  }

  private BookKeeper(ServiceConfig config, Admin admin) {
    this.config = config;
    this.admin = admin;
    this.inputs = partitions(config.inputTopic());
    this.telemetryPartitions = partitions(config.telemetryTopic());
    this.ledger = new Ledger(begins());
    this.sources = SourceReader.of(config);
    this.telemetry = CommittedRecords.telemetry(config, CommittedRecords.From.BEGINNING);
  }

  /**
   * Opens the books of an application.
   *
   * @throws KafkaException if no broker answers or a topic is missing
   */
  public static BookKeeper open(ServiceConfig config) {
    Admin admin = Admin.create(ClientSettings.admin(config));
    try {
      return new BookKeeper(config, admin);
    } catch (RuntimeException e) {
      admin.close(Duration.ZERO);
      throw e;
    }
  }

  /**
   * Brings the books up to date.
   *
   * @param timeout longest time to wait for open transactions to end; records of those that have
   *     not ended count as in flight
   * @throws KafkaException if the brokers or the registry do not answer
   */
  public Books balance(Duration timeout) {
    return balance(timeout, entry -> {});
  }

  /**
   * Brings the books up to date and shows each telemetry record that it reads.
   *
   * <p>Where much is in flight it is counted by its offsets, markers of transactions included.
   *
   * @param timeout as above
   * @param reader sees each committed telemetry record of the input topic once
   * @throws KafkaException as above
   */
  public Books balance(Duration timeout, Consumer<FrameTelemetry> reader) {
    return state(timeout, reader, false).total();
  }

  /**
   * Balances again and again until nothing is in flight.
   *
   * @param timeout longest time to wait
   * @return the last balance, with records in flight if the time was not enough
   * @throws KafkaException as above
   */
  public Books settle(Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (true) {
      Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
      Books books = state(left, entry -> {}, true).total();
      if (books.inFlight() == 0 || System.nanoTime() >= deadline) {
        return books;
      }
      LockSupport.parkNanos(BETWEEN_BALANCES.toNanos());
    }
  }

  /**
   * The books in full, each source in each partition. Reads every record in flight, as far as the
   * time reaches.
   *
   * @param timeout longest time to wait for open transactions, and then to read what has no
   *     telemetry, each
   * @throws KafkaException as above
   */
  public BookStatement statement(Duration timeout) {
    return state(timeout, entry -> {}, true);
  }

  @Override
  public BookStatement audit(Duration timeout) {
    return state(timeout, entry -> {}, false);
  }

  private BookStatement state(
      Duration timeout, Consumer<FrameTelemetry> reader, boolean thoroughly) {
    long deadline = System.nanoTime() + timeout.toNanos();
    Map<Integer, Long> committed = committed();
    Map<Integer, Long> ends =
        byPartition(offsets(inputs, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED));
    begins().forEach(ledger::forgetBefore);
    Map<TopicPartition, Long> telemetryEnds =
        offsets(telemetryPartitions, OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED);
    if (checkpoints.size() > 1) {
      // The oldest must come to its end and the newest is worth most.
      checkpoints.removeLast();
    }
    checkpoints.add(new Checkpoint(committed, telemetryEnds));
    read(telemetryEnds, deadline, reader);
    judge();

    Map<Integer, Ledger.Progress> progress = new HashMap<>();
    ends.forEach(
        (partition, end) ->
            progress.put(partition, new Ledger.Progress(end, judged.getOrDefault(partition, 0L))));
    ledger.unaccountedBelowCommit(progress).forEach(this::writeOff);
    List<OffsetRange> below = ledger.unaccountedBelowCommit(progress);
    List<OffsetRange> after = ledger.unaccountedAfterCommit(progress);
    long lookUntil =
        System.nanoTime()
            + (thoroughly && timeout.compareTo(QUICK_LOOK) > 0 ? timeout : QUICK_LOOK).toNanos();
    List<OffsetRange> notRead = look(below, lookUntil);
    List<OffsetRange> unread = unread(after);
    notRead.addAll(
        thoroughly || BookStatement.length(unread) <= FEW ? look(unread, lookUntil) : unread);
    return statement(below, after, notRead);
  }

  /** Takes the judgement of every checkpoint whose telemetry has been read. */
  private void judge() {
    Map<TopicPartition, Long> positions = telemetry.positions();
    boolean reached = false;
    while (!checkpoints.isEmpty() && reached(checkpoints.getFirst().ends(), positions)) {
      judged = checkpoints.removeFirst().committed();
      reached = true;
    }
    if (reached && holes.settle(telemetry.begins(), this::oldestTelemetryMs)) {
      long untilMs = holes.untilMs().orElse(Long.MIN_VALUE) + config.frameMaxClockSkew().toMillis();
      Map<TopicPartition, Long> later =
          offsets(inputs, OffsetSpec.forTimestamp(untilMs + 1), IsolationLevel.READ_UNCOMMITTED);
      judged.forEach(
          (partition, to) -> {
            long from = later.getOrDefault(new TopicPartition(config.inputTopic(), partition), -1L);
            writeOffs.put(partition, new WriteOff(from < 0 ? to : from, to, untilMs));
          });
    }
  }

  private static boolean reached(
      Map<TopicPartition, Long> ends, Map<TopicPartition, Long> positions) {
    return ends.entrySet().stream()
        .allMatch(end -> positions.getOrDefault(end.getKey(), 0L) >= end.getValue());
  }

  /** Writes off the part of a gap that is older than the telemetry. */
  private void writeOff(OffsetRange gap) {
    WriteOff off = writeOffs.get(gap.partition());
    if (off != null && gap.from() < Math.min(off.from(), off.to())) {
      long to = Math.min(gap.to(), Math.min(off.from(), off.to()));
      expire(new OffsetRange(gap.partition(), gap.from(), to));
    }
  }

  private void expire(OffsetRange range) {
    ledger.enterNothing(range);
    Ledger.addMerged(telemetryExpired, range);
  }

  private void read(
      Map<TopicPartition, Long> ends, long deadline, Consumer<FrameTelemetry> reader) {
    while (!reached(ends, telemetry.positions())) {
      List<CommittedRecords.Entry<FrameTelemetry>> entries = telemetry.poll(POLL);
      Map<TopicPartition, Long> begins = telemetry.begins();
      for (CommittedRecords.Entry<FrameTelemetry> entry : entries) {
        TopicPartition partition = new TopicPartition(config.telemetryTopic(), entry.partition());
        holes.read(partition, begins.getOrDefault(partition, 0L), entry.timestampMs());
        FrameTelemetry record = entry.value();
        if (record.getInputTopic().equals(config.inputTopic())) {
          ledger.enter(
              record.getInputPartition(),
              record.getInputOffset(),
              source(entry),
              record.getOutcome());
          reader.accept(record);
        }
      }
      if (entries.isEmpty() && System.nanoTime() >= deadline) {
        return;
      }
    }
  }

  private static String source(CommittedRecords.Entry<FrameTelemetry> entry) {
    FrameIdentity identity = entry.value().getIdentity();
    return identity == null ? entry.key().orElse(SourceReader.UNKNOWN) : identity.getSourceId();
  }

  /** The parts of some gaps that no one has looked at. */
  private List<OffsetRange> unread(List<OffsetRange> ranges) {
    List<OffsetRange> unread = new ArrayList<>();
    for (OffsetRange range : ranges) {
      long from = range.from();
      for (long found : ledger.found(range).keySet()) {
        if (from < found) {
          unread.add(new OffsetRange(range.partition(), from, found));
        }
        from = found + 1;
      }
      if (from < range.to()) {
        unread.add(new OffsetRange(range.partition(), from, range.to()));
      }
    }
    return unread;
  }

  /** Looks at the input where no one has yet; returns what there was no time or room for. */
  private List<OffsetRange> look(List<OffsetRange> ranges, long deadline) {
    List<OffsetRange> notRead = new ArrayList<>();
    for (OffsetRange range : unread(ranges)) {
      if (System.nanoTime() >= deadline) {
        notRead.add(range);
        continue;
      }
      if (gaps == null) {
        gaps = new InputGaps(config);
      }
      long done = gaps.look(range, deadline, finder(notRead));
      if (done < range.to()) {
        notRead.add(new OffsetRange(range.partition(), done, range.to()));
      }
    }
    return notRead;
  }

  private InputGaps.Finder finder(List<OffsetRange> notRead) {
    return new InputGaps.Finder() {
      @Override
      public void nothing(OffsetRange range) {
        ledger.enterNothing(range);
      }

      @Override
      public void record(ConsumerRecord<byte[], byte[]> record) {
        OffsetRange at = new OffsetRange(record.partition(), record.offset(), record.offset() + 1);
        WriteOff off = writeOffs.get(record.partition());
        if (off != null && off.covers(record)) {
          expire(at);
        } else if (!ledger.find(
            at.partition(), at.from(), sources.source(record.key(), record.value()))) {
          Ledger.addMerged(notRead, at);
        }
      }

      @Override
      public void deleted(int partition, long first) {
        ledger.forgetBefore(partition, first);
      }
    };
  }

  private BookStatement statement(
      List<OffsetRange> below, List<OffsetRange> after, List<OffsetRange> notRead) {
    Map<String, Map<Integer, Books>> bySource = new TreeMap<>();
    for (BookStatement.Line line : ledger.lines()) {
      add(bySource, line.source(), line.partition(), line.books());
    }
    List<SourceOffsets> missing = new ArrayList<>();
    for (OffsetRange range : below) {
      NavigableMap<Long, String> found = ledger.found(range);
      found.forEach(
          (offset, source) -> {
            BookStatement.add(missing, source, range.partition(), offset);
            add(bySource, source, range.partition(), new Books(1, 0, 0, 0, 0, 0, 1, 0));
          });
    }
    for (OffsetRange range : after) {
      for (String source : ledger.found(range).values()) {
        add(bySource, source, range.partition(), new Books(1, 0, 0, 0, 0, 1, 0, 0));
      }
    }
    List<BookStatement.Line> lines = new ArrayList<>();
    long unknown = BookStatement.length(notRead);
    Books total = new Books(unknown, 0, 0, 0, 0, unknown, 0, 0);
    for (Map.Entry<String, Map<Integer, Books>> source : bySource.entrySet()) {
      for (Map.Entry<Integer, Books> at : source.getValue().entrySet()) {
        lines.add(new BookStatement.Line(source.getKey(), at.getKey(), at.getValue()));
        total = total.plus(at.getValue());
      }
    }
    notRead.sort(Comparator.comparing(OffsetRange::partition).thenComparing(OffsetRange::from));
    return new BookStatement(
        total,
        lines,
        missing,
        ledger.doubledOffsets(),
        notRead,
        ledger.expired(),
        telemetryExpired,
        checkpoints.isEmpty());
  }

  private static void add(
      Map<String, Map<Integer, Books>> bySource, String source, int partition, Books books) {
    bySource.computeIfAbsent(source, s -> new TreeMap<>()).merge(partition, books, Books::plus);
  }

  private Map<Integer, Long> committed() {
    Map<Integer, Long> committed = new HashMap<>();
    try {
      Map<TopicPartition, OffsetAndMetadata> offsets =
          admin
              .listConsumerGroupOffsets(config.applicationId())
              .partitionsToOffsetAndMetadata()
              .get(ANSWER_SECONDS, TimeUnit.SECONDS);
      offsets.forEach(
          (partition, offset) -> {
            if (partition.topic().equals(config.inputTopic()) && offset != null) {
              committed.put(partition.partition(), offset.offset());
            }
          });
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof GroupIdNotFoundException)) {
        throw new KafkaException("the committed offsets cannot be read: " + e.getCause(), e);
      }
    } catch (TimeoutException e) {
      throw new KafkaException("the committed offsets cannot be read in time", e);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
    return committed;
  }

  private List<TopicPartition> partitions(String topic) {
    return answer(admin.describeTopics(List.of(topic)).topicNameValues().get(topic), topic)
        .partitions()
        .stream()
        .map(p -> new TopicPartition(topic, p.partition()))
        .toList();
  }

  private Map<Integer, Long> begins() {
    return byPartition(offsets(inputs, OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED));
  }

  /**
   * Asks for offsets. The end of the input is asked with read_committed, for what the service
   * cannot see yet is not received; that of the telemetry without, for there may be more to come.
   */
  private Map<TopicPartition, Long> offsets(
      List<TopicPartition> partitions, OffsetSpec spec, IsolationLevel isolation) {
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    partitions.forEach(p -> wanted.put(p, spec));
    Map<TopicPartition, Long> offsets = new HashMap<>();
    answer(admin.listOffsets(wanted, new ListOffsetsOptions(isolation)).all(), "offsets")
        .forEach((partition, found) -> offsets.put(partition, found.offset()));
    return offsets;
  }

  private static Map<Integer, Long> byPartition(Map<TopicPartition, Long> offsets) {
    Map<Integer, Long> byPartition = new HashMap<>();
    offsets.forEach((partition, offset) -> byPartition.put(partition.partition(), offset));
    return byPartition;
  }

  /** The time from which on retention leaves telemetry alone, in milliseconds since 1970. */
  private long oldestTelemetryMs() {
    long retentionMs =
        config.topics().stream()
            .filter(spec -> spec.name().equals(config.telemetryTopic()))
            .mapToLong(TopicSpec::retentionMs)
            .findFirst()
            .orElse(-1);
    ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, config.telemetryTopic());
    try {
      Config found =
          admin
              .describeConfigs(List.of(topic))
              .all()
              .get(ANSWER_SECONDS, TimeUnit.SECONDS)
              .get(topic);
      ConfigEntry entry = found == null ? null : found.get(TopicConfig.RETENTION_MS_CONFIG);
      if (entry != null && entry.value() != null) {
        retentionMs = Long.parseLong(entry.value());
      }
    } catch (ExecutionException | TimeoutException e) {
      // Reading a topic's settings may be forbidden; what the configuration says has to do.
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
    long now = System.currentTimeMillis();
    return retentionMs < 0 ? now : now - retentionMs;
  }

  private static <T> T answer(@Nullable KafkaFuture<T> future, String of) {
    if (future == null) {
      throw new KafkaException("the broker says nothing about " + of);
    }
    try {
      return future.get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new KafkaException("the broker cannot tell about " + of + ": " + e.getCause(), e);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  @Override
  public void close() {
    try {
      if (gaps != null) {
        gaps.close();
      }
      telemetry.close();
    } finally {
      // Every answer was waited for already; without a bound, requests to a dead broker are too.
      admin.close(Duration.ZERO);
    }
  }
}
