package org.perceiveir.streams.replay;

import java.time.Instant;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.perceiveir.streams.client.TopicScan;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.header.FrameHeaders;
import org.perceiveir.streams.source.SourceReader;

/**
 * Sends what one source sent in a span of time again. For one thread.
 *
 * <p>It reads the input twice: to select, and to send, since the service waits behind a transaction
 * that is open. Neither looks past the end that the topic has at the beginning. Records that are
 * replays themselves are left out, so that a second replay of the same span does not grow.
 */
public final class SourceReplay implements AutoCloseable {
  private final ServiceConfig config;
  private final TopicScan scan;
  private final SourceReader sources;

  private SourceReplay(ServiceConfig config, TopicScan scan) {
    this.config = config;
    this.scan = scan;
    this.sources = SourceReader.of(config);
  }

  /**
   * Looks at the input topic.
   *
   * @throws org.apache.kafka.common.KafkaException if the brokers do not answer or there is none
   */
  public static SourceReplay open(ServiceConfig config) {
    return new SourceReplay(config, TopicScan.open(config, config.inputTopic()));
  }

  /**
   * What would be sent.
   *
   * @param records the records
   * @param replays records in the span that are replays themselves and left out
   */
  public record Selection(ChosenRecords records, long replays) {}

  /**
   * Selects the records of a source.
   *
   * @param source the source in the frame, or the key of a record that is no frame
   * @param from first time of a record that counts
   * @param to first time that does not count any more
   * @param interrupted whether to end
   * @throws ReplayFailedException if the command is interrupted
   * @throws org.perceiveir.schemas.serde.RegistryUnavailableException if no registry answers
   */
  public Selection select(String source, Instant from, Instant to, BooleanSupplier interrupted) {
    ChosenRecords chosen = new ChosenRecords();
    long[] replays = {0};
    long fromMs = from.toEpochMilli();
    long toMs = to.toEpochMilli();
    for (Map.Entry<Integer, Long> begin : scan.since(fromMs).entrySet()) {
      scan.range(
          begin.getKey(),
          begin.getValue(),
          Long.MAX_VALUE,
          record -> {
            if (interrupted.getAsBoolean()) {
              throw new ReplayFailedException("nothing was sent: the command was ended", null);
            }
            // Producers set the time, so it may go back: the whole rest must be looked at.
            boolean inSpan = record.timestamp() >= fromMs && record.timestamp() < toMs;
            if (inSpan && sources.source(record.key(), record.value()).equals(source)) {
              if (FrameHeaders.replays(record.headers()) > 0) {
                replays[0]++;
              } else {
                chosen.add(record.partition(), record.offset());
              }
            }
            return true;
          });
    }
    return new Selection(chosen, replays[0]);
  }

  /**
   * Sends what was selected, in one transaction.
   *
   * @param interrupted whether to end
   * @throws ReplayFailedException if a record cannot be read or sent, or the command is
   *     interrupted; then nothing is sent
   */
  public void send(Selection selection, BooleanSupplier interrupted) {
    if (selection.records().size() == 0) {
      return;
    }
    try (ReplayTransaction transaction = ReplayTransaction.begin(config, "replay")) {
      selection.records().read(scan, interrupted, record -> send(transaction, record));
      transaction.commit();
    }
  }

  private static void send(ReplayTransaction to, ConsumerRecord<byte[], byte[]> record) {
    to.send(
        record.partition(),
        record.key(),
        record.value(),
        record.headers(),
        ReplayTransaction.name(record.topic(), record.partition(), record.offset()));
  }

  @Override
  public void close() {
    scan.close();
  }
}
