package org.perceiveir.streams.books;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.client.CommittedRecords;
import org.perceiveir.streams.config.ServiceConfig;

/**
 * Keeps the books of one application from its topics alone: committed telemetry against the offsets
 * of the input topic. Needs nothing of the service that runs. For one thread.
 *
 * <p><u>Order of reading.</u> First the offsets that the service has committed, then the end of the
 * telemetry, then the telemetry up to that end. Results, telemetry and offsets are committed
 * together, so telemetry that is missing below a committed offset is lost, not late.
 *
 * <p><u>Scope.</u> Input records from the first one that the topic holds when the keeper is opened.
 * Telemetry must be kept at least as long as input. Where a gap is small, the input itself is asked
 * whether there is a record at all: the markers of a publisher's own transactions take offsets too.
 */
public final class BookKeeper implements AutoCloseable {
  private static final long ANSWER_SECONDS = 30;
  private static final long MAX_CHECKED_OFFSETS = 64;
  private static final Duration POLL = Duration.ofMillis(100);

  private final ServiceConfig config;
  private final Admin admin;
  private final CommittedRecords<FrameTelemetry> telemetry;
  private final List<TopicPartition> inputs;
  private final Map<Integer, Long> firstOffsets;
  private final Ledger ledger;

  private BookKeeper(ServiceConfig config, Admin admin) {
    this.config = config;
    this.admin = admin;
    this.telemetry = CommittedRecords.telemetry(config, CommittedRecords.From.BEGINNING);
    this.inputs = partitions(config.inputTopic());
    this.firstOffsets = byPartition(offsets(inputs, OffsetSpec.earliest()));
    this.ledger = new Ledger(firstOffsets);
  }

  /**
   * Opens the books of an application.
   *
   * @throws KafkaException if no broker answers or a topic is missing
   */
  public static BookKeeper open(ServiceConfig config) {
    return new BookKeeper(config, Admin.create(ClientSettings.admin(config)));
  }

  /**
   * Brings the books up to date.
   *
   * @param timeout longest time to wait for open transactions to end; records of those that have
   *     not ended count as in flight
   */
  public Books balance(Duration timeout) {
    return balance(timeout, entry -> {});
  }

  /**
   * Brings the books up to date and shows each telemetry record that it reads.
   *
   * @param timeout as above
   * @param reader sees each committed telemetry record of the input topic once
   */
  public Books balance(Duration timeout, Consumer<FrameTelemetry> reader) {
    long deadline = System.nanoTime() + timeout.toNanos();
    Map<Integer, Long> committed = committed();
    Map<Integer, Long> ends = byPartition(offsets(inputs, OffsetSpec.latest()));
    Map<TopicPartition, Long> telemetryEnds =
        offsets(partitions(config.telemetryTopic()), OffsetSpec.latest());
    boolean complete = read(telemetryEnds, deadline, reader);

    Map<Integer, Ledger.Progress> progress = new HashMap<>();
    ends.forEach(
        (partition, end) ->
            progress.put(
                partition, new Ledger.Progress(end, committed.getOrDefault(partition, 0L))));
    List<Ledger.Range> below = ledger.unaccountedBelowCommit(progress);
    List<Ledger.Range> after = ledger.unaccountedAfterCommit(progress);
    long unknown = existing(below) + existing(after);
    long missing = complete ? existing(below) : 0;
    return new Books(
        ledger.accounted() + unknown,
        ledger.count(FrameOutcome.RESTORED),
        ledger.count(FrameOutcome.PASSED_THROUGH),
        ledger.count(FrameOutcome.SHED),
        ledger.count(FrameOutcome.DEAD_LETTERED),
        unknown - missing,
        missing,
        ledger.doubled());
  }

  /**
   * Balances again and again until nothing is in flight.
   *
   * @param timeout longest time to wait
   * @return the last balance, with records in flight if the time was not enough
   */
  public Books settle(Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    Books books;
    do {
      books = balance(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
    } while (books.inFlight() > 0 && System.nanoTime() < deadline);
    return books;
  }

  private boolean read(
      Map<TopicPartition, Long> ends, long deadline, Consumer<FrameTelemetry> reader) {
    while (true) {
      Map<TopicPartition, Long> positions = telemetry.positions();
      boolean complete =
          ends.entrySet().stream()
              .allMatch(e -> positions.getOrDefault(e.getKey(), 0L) >= e.getValue());
      if (complete) {
        return true;
      }
      List<CommittedRecords.Entry<FrameTelemetry>> entries = telemetry.poll(POLL);
      for (CommittedRecords.Entry<FrameTelemetry> entry : entries) {
        FrameTelemetry record = entry.value();
        if (record.getInputTopic().equals(config.inputTopic())) {
          ledger.enter(record.getInputPartition(), record.getInputOffset(), record.getOutcome());
          reader.accept(record);
        }
      }
      if (entries.isEmpty() && System.nanoTime() >= deadline) {
        return false;
      }
    }
  }

  /** How many records there are at these offsets. */
  private long existing(List<Ledger.Range> ranges) {
    long offsets = ranges.stream().mapToLong(Ledger.Range::length).sum();
    if (offsets == 0 || offsets > MAX_CHECKED_OFFSETS) {
      return offsets;
    }
    long found = 0;
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(ClientSettings.consumer(config))) {
      for (Ledger.Range range : ranges) {
        TopicPartition partition = new TopicPartition(config.inputTopic(), range.partition());
        consumer.assign(List.of(partition));
        consumer.seek(partition, range.from());
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(ANSWER_SECONDS);
        while (consumer.position(partition) < range.to() && System.nanoTime() < deadline) {
          for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
            found += record.offset() < range.to() ? 1 : 0;
          }
        }
      }
    }
    return found;
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

  /** Ends include what is not committed yet: the books must know that there is more to read. */
  private Map<TopicPartition, Long> offsets(List<TopicPartition> partitions, OffsetSpec spec) {
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    partitions.forEach(p -> wanted.put(p, spec));
    Map<TopicPartition, Long> offsets = new HashMap<>();
    answer(
            admin
                .listOffsets(wanted, new ListOffsetsOptions(IsolationLevel.READ_UNCOMMITTED))
                .all(),
            "offsets")
        .forEach((partition, found) -> offsets.put(partition, found.offset()));
    return offsets;
  }

  private static Map<Integer, Long> byPartition(Map<TopicPartition, Long> offsets) {
    Map<Integer, Long> byPartition = new HashMap<>();
    offsets.forEach((partition, offset) -> byPartition.put(partition.partition(), offset));
    return byPartition;
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
    telemetry.close();
    admin.close();
  }
}
