package org.perceiveir.streams.replay;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.header.FrameHeaders;

/**
 * Records that go into the input topic again in one transaction: all of them, or none. For one
 * thread.
 *
 * <p>The service reads committed records, so whatever is written to the input after the first
 * record of the transaction waits for its end. Select first, then open it.
 *
 * <p>Records get the time of the replay: with their own they might be too old for retention or for
 * {@code frame.max.age.ms}.
 */
public final class ReplayTransaction implements AutoCloseable {
  /** What Kafka Streams and the service say of a death begins with one of these. */
  private static final String ERROR_PREFIX = "__streams.errors.";

  private static final String LETTER_PREFIX = "perceive.dead.letter.";
  private static final Duration CLOSING = Duration.ofSeconds(30);

  private final Producer<byte[], byte[]> producer;
  private final String topic;
  private final int partitions;
  private final AtomicReference<@Nullable ReplayFailedException> failure = new AtomicReference<>();
  private boolean ended;

  private ReplayTransaction(Producer<byte[], byte[]> producer, String topic) {
    this.producer = producer;
    this.topic = topic;
    this.partitions = producer.partitionsFor(topic).size();
    producer.initTransactions();
    producer.beginTransaction();
  }

  /**
   * Begins a transaction.
   *
   * @param purpose what for, part of the {@code transactional.id}
   * @throws KafkaException if the brokers do not answer
   */
  public static ReplayTransaction begin(ServiceConfig config, String purpose) {
    Producer<byte[], byte[]> producer =
        new KafkaProducer<>(ClientSettings.transactionalProducer(config, purpose));
    try {
      return new ReplayTransaction(producer, config.inputTopic());
    } catch (RuntimeException e) {
      producer.close(Duration.ZERO);
      throw e;
    }
  }

  /** Names a record in the way of {@link FrameHeaders#REPLAY_OF}. */
  public static String name(String topic, int partition, long offset) {
    return topic + "-" + partition + "@" + offset;
  }

  /**
   * Sends a record again: its bytes as they are, its headers without those of a death, with the
   * replays one more.
   *
   * @param partition where it was; its key decides if there is no such partition any more
   * @param of the record that is replayed, by its {@link #name}
   * @throws ReplayFailedException if an earlier record could not be sent
   */
  public void send(
      int partition, byte @Nullable [] key, byte @Nullable [] value, Headers headers, String of) {
    throwFailure();
    Headers sent = new RecordHeaders();
    for (Header header : headers) {
      if (!isReplaced(header.key())) {
        sent.add(header);
      }
    }
    int replays = FrameHeaders.replays(headers);
    sent.add(
        FrameHeaders.REPLAYS,
        String.valueOf(replays == Integer.MAX_VALUE ? replays : replays + 1).getBytes(UTF_8));
    sent.add(FrameHeaders.REPLAY_OF, of.getBytes(UTF_8));
    Integer to = partition >= 0 && partition < partitions ? partition : null;
    try {
      // Its own future tells the same as the callback.
      Future<?> unused =
          producer.send(
              record(to, key, value, sent),
              (metadata, thrown) -> {
                if (thrown != null) {
                  failure.compareAndSet(null, failed(of, thrown));
                }
              });
    } catch (KafkaException e) {
      failure.compareAndSet(null, failed(of, e));
      throwFailure();
    }
  }

  @SuppressWarnings("NullAway") // Kafka's records take null keys and values.
  private ProducerRecord<byte[], byte[]> record(
      @Nullable Integer partition,
      byte @Nullable [] key,
      byte @Nullable [] value,
      Headers headers) {
    return new ProducerRecord<>(topic, partition, key, value, headers);
  }

  private static boolean isReplaced(String header) {
    return header.startsWith(ERROR_PREFIX)
        || header.startsWith(LETTER_PREFIX)
        || header.equals(FrameHeaders.REPLAYS)
        || header.equals(FrameHeaders.REPLAY_OF);
  }

  private ReplayFailedException failed(String of, Throwable thrown) {
    return new ReplayFailedException(
        "nothing was sent: the record of "
            + of
            + " failed ("
            + thrown.getMessage()
            + "); "
            + (thrown instanceof RecordTooLargeException
                ? "raise max.message.bytes of the topic " + topic + ", or leave this record out"
                : "check the brokers and run it again"),
        thrown);
  }

  /**
   * Makes all records visible.
   *
   * @throws ReplayFailedException if one could not be sent or the transaction has run out; then
   *     none is
   */
  public void commit() {
    try {
      producer.flush();
      throwFailure();
      producer.commitTransaction();
      ended = true;
    } catch (KafkaException e) {
      throwFailure();
      throw new ReplayFailedException(
          "the replay was not committed ("
              + e.getMessage()
              + "); nothing was sent unless a broker failed at that moment: look for it with"
              + " inspect before you run it again",
          e);
    }
  }

  private void throwFailure() {
    ReplayFailedException thrown = failure.get();
    if (thrown != null) {
      throw thrown;
    }
  }

  /** Takes everything back unless it is committed. */
  @Override
  public void close() {
    try {
      if (!ended) {
        producer.abortTransaction();
      }
    } catch (KafkaException e) {
      // The brokers abort it themselves when its time runs out; what matters is thrown already.
    } finally {
      producer.close(CLOSING);
    }
  }
}
