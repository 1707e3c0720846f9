package org.perceiveir.cli.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.schemas.avro.Frame;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.RestorationOperation;
import org.perceiveir.schemas.avro.RestoredFrame;
import org.perceiveir.schemas.avro.StageTimings;
import org.perceiveir.schemas.frame.FramePayload;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.config.ProcessingGuarantee;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.topology.FrameSerdes;

/**
 * The least that does the service's work with Kafka's clients alone: what the service adds is
 * measured against it.
 *
 * <p><u>What a loop does</u>, one loop a thread, each with a consumer of one group and a producer:
 *
 * <ol>
 *   <li>poll for up to 100 ms, which is what Kafka Streams does too, and for as many records;
 *   <li>for each record: deserialize the Frame; make a RestoredFrame of its identity, size,
 *       attributes and payload, without copying, decoding or looking at the payload; serialize it;
 *       make and serialize a FrameTelemetry; send both, keyed by the source;
 *   <li>when {@code commit.interval.ms} has passed since the last commit: with exactly_once_v2 add
 *       the consumer's offsets to the producer's transaction and commit it; with at_least_once
 *       flush the producer, then commit the offsets. The same before partitions are given up.
 * </ol>
 *
 * <p><u>What it leaves out</u>: checks and decoding of the pixels, batches, the threads between
 * which a frame is handed over, time limits, dead letters, and everything that survives a failure.
 * A loop that fails ends the bench.
 *
 * <p><u>What is the same</u>: topics and their settings, serde, guarantee, number of threads, sizes
 * and limits of the clients, records a poll, commit interval.
 */
final class PlainLoops implements Worker {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final int SESSION_TIMEOUT_MS = 10_000;

  private final ServiceConfig config;
  private final int pollRecords;
  private final long commitIntervalMs;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile boolean stopped;

  /**
   * Loops that are yet to be started.
   *
   * @param config topics, guarantee and number of threads
   * @param pollRecords {@code max.poll.records}
   * @param commitIntervalMs time between two commits, in milliseconds
   */
  PlainLoops(ServiceConfig config, int pollRecords, long commitIntervalMs) {
    this.config = config;
    this.pollRecords = pollRecords;
    this.commitIntervalMs = commitIntervalMs;
  }

  @Override
  public void start() {
    for (int i = 0; i < config.streamThreads(); i++) {
      String name = config.applicationId() + "-loop-" + i;
      Thread thread = new Thread(() -> run(name), name);
      thread.start();
      threads.add(thread);
    }
  }

  @Override
  public void check() {
    Throwable thrown = failure.get();
    if (thrown != null) {
      throw new CommandFailure(
          "a plain loop has failed: " + thrown.getMessage(), "run again with --verbose", thrown);
    }
  }

  @Override
  public int pollRecords() {
    return pollRecords;
  }

  @Override
  public long commitIntervalMs() {
    return commitIntervalMs;
  }

  @Override
  public void close() {
    stopped = true;
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run(String name) {
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(consumer());
        KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(producer(name))) {
      new Loop(consumer, producer).run();
    } catch (RuntimeException | Error e) {
      failure.compareAndSet(null, e);
    }
  }

  private Map<String, Object> consumer() {
    Map<String, Object> settings = ClientSettings.consumer(config);
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, config.applicationId());
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_TIMEOUT_MS);
    settings.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, config.inputRecordMaxBytes());
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, pollRecords);
    return settings;
  }

  private Map<String, Object> producer(String name) {
    Map<String, Object> settings = ClientSettings.producer(config);
    if (exactlyOnce()) {
      settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, name);
    }
    return settings;
  }

  private boolean exactlyOnce() {
    return config.processingGuarantee() == ProcessingGuarantee.EXACTLY_ONCE_V2;
  }

  /** One thread's consumer and producer. */
  private final class Loop implements ConsumerRebalanceListener {
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final KafkaProducer<byte[], byte[]> producer;
    private final FrameSerdes serdes = FrameSerdes.confluent(config.serdeSettings());
    private final Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>();
    private final Callback keepFailure =
        (metadata, thrown) -> {
          if (thrown != null) {
            failure.compareAndSet(null, thrown);
          }
        };

    Loop(KafkaConsumer<byte[], byte[]> consumer, KafkaProducer<byte[], byte[]> producer) {
      this.consumer = consumer;
      this.producer = producer;
    }

    void run() {
      if (exactlyOnce()) {
        producer.initTransactions();
      }
      consumer.subscribe(List.of(config.inputTopic()), this);
      long lastCommit = System.nanoTime();
      while (!stopped && failure.get() == null) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          forward(record);
        }
        if (System.nanoTime() - lastCommit >= TimeUnit.MILLISECONDS.toNanos(commitIntervalMs)) {
          commit();
          lastCommit = System.nanoTime();
        }
      }
      commit();
    }

    private void forward(ConsumerRecord<byte[], byte[]> record) {
      if (done.isEmpty() && exactlyOnce()) {
        producer.beginTransaction();
      }
      Frame frame = serdes.frames().deserialize(config.inputTopic(), record.value());
      byte[] key = frame.getIdentity().getSourceId().getBytes(UTF_8);
      byte[] restored = serdes.restored().serialize(config.restoredTopic(), restored(frame));
      Instant now = Instant.now();
      byte[] telemetry =
          serdes.telemetry().serialize(config.telemetryTopic(), telemetry(frame, record, now));
      send(
          new ProducerRecord<>(
              config.restoredTopic(), null, record.timestamp(), key, restored, record.headers()));
      send(new ProducerRecord<>(config.telemetryTopic(), null, now.toEpochMilli(), key, telemetry));
      done.put(
          new TopicPartition(record.topic(), record.partition()),
          new OffsetAndMetadata(record.offset() + 1));
    }

    private void send(ProducerRecord<byte[], byte[]> record) {
      // The commit waits for all of them, the callback keeps what failed.
      var unused = producer.send(record, keepFailure);
    }

    private void commit() {
      if (done.isEmpty()) {
        return;
      }
      if (exactlyOnce()) {
        producer.sendOffsetsToTransaction(done, consumer.groupMetadata());
        producer.commitTransaction();
      } else {
        producer.flush();
        consumer.commitSync(done);
      }
      done.clear();
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      commit();
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      // Reading goes on where the group has committed.
    }
  }

  private static RestoredFrame restored(Frame frame) {
    if (!(FramePayload.of(frame) instanceof FramePayload.Inline payload)) {
      throw new IllegalStateException("the bench publishes pixels in the record");
    }
    RestoredFrame restored = new RestoredFrame();
    restored.setIdentity(frame.getIdentity());
    restored.setWidth(frame.getWidth());
    restored.setHeight(frame.getHeight());
    restored.setEncoding(frame.getEncoding());
    restored.setImage(payload.buffer());
    restored.setOperation(RestorationOperation.RESTORED);
    restored.setTimings(noTimings());
    restored.setAttributes(frame.getAttributes());
    return restored;
  }

  private static FrameTelemetry telemetry(
      Frame frame, ConsumerRecord<byte[], byte[]> record, Instant now) {
    FrameTelemetry telemetry = new FrameTelemetry();
    telemetry.setIdentity(frame.getIdentity());
    telemetry.setInputTopic(record.topic());
    telemetry.setInputPartition(record.partition());
    telemetry.setInputOffset(record.offset());
    telemetry.setOutcome(FrameOutcome.RESTORED);
    telemetry.setTimings(noTimings());
    telemetry.setBytesIn(record.value().length);
    telemetry.setProcessedTimeMicros(ChronoUnit.MICROS.between(Instant.EPOCH, now));
    return telemetry;
  }

  private static StageTimings noTimings() {
    return new StageTimings(null, null, null, null);
  }
}
