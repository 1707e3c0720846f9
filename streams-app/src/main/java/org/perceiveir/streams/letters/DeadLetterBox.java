package org.perceiveir.streams.letters;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.perceiveir.streams.client.TopicScan;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.replay.ChosenRecords;
import org.perceiveir.streams.replay.ReplayFailedException;
import org.perceiveir.streams.replay.ReplayTransaction;
import org.perceiveir.streams.source.SourceReader;

/**
 * The dead letters that the topic holds when the box is opened. For one thread.
 *
 * <p><u>A letter stays.</u> Kafka's topics lose records by retention only, so a letter that was
 * replayed is still there. If its frame died again, the box sees that by the later letter and
 * replays only that one; if the frame was restored, nothing here tells, and a second replay of it
 * restores it a second time, with the same identity.
 */
public final class DeadLetterBox implements AutoCloseable {
  private final ServiceConfig config;
  private final TopicScan scan;
  private final SourceReader sources;

  private DeadLetterBox(ServiceConfig config, TopicScan scan) {
    this.config = config;
    this.scan = scan;
    this.sources = SourceReader.of(config);
  }

  /**
   * Opens the box of an application.
   *
   * @throws org.apache.kafka.common.KafkaException if the brokers do not answer or there is none
   */
  public static DeadLetterBox open(ServiceConfig config) {
    return new DeadLetterBox(config, TopicScan.open(config, config.deadLetterTopic()));
  }

  /**
   * Counts the letters by reason and source, in the order of these.
   *
   * @throws org.perceiveir.schemas.serde.RegistryUnavailableException if no registry answers
   */
  public List<LetterCount> summary() {
    Map<String, Map<String, LetterCount>> counts = new TreeMap<>();
    scan.all(
        record -> {
          DeadLetter letter = new DeadLetter(record);
          String source =
              letter.isCut()
                  ? SourceReader.ofKey(letter.key())
                  : sources.source(letter.key(), letter.value());
          LetterCount one =
              new LetterCount(
                  letter.reason(),
                  source,
                  1,
                  letter.timestampMs(),
                  letter.timestampMs(),
                  letter.replays() > 0 ? 1 : 0,
                  letter.isCut() ? 1 : 0);
          counts
              .computeIfAbsent(one.reason(), r -> new TreeMap<>())
              .merge(source, one, LetterCount::plus);
          return true;
        });
    return counts.values().stream().flatMap(bySource -> bySource.values().stream()).toList();
  }

  /**
   * The letters with the latest input records, oldest first.
   *
   * @param count most letters to return
   */
  public List<DeadLetter> last(int count, LetterFilter filter) {
    Comparator<DeadLetter> byTime =
        Comparator.comparingLong(DeadLetter::timestampMs)
            .thenComparingInt(DeadLetter::partition)
            .thenComparingLong(DeadLetter::offset);
    PriorityQueue<DeadLetter> latest = new PriorityQueue<>(byTime);
    scan.all(
        record -> {
          DeadLetter letter = new DeadLetter(record);
          if (filter.takes(letter)) {
            latest.add(letter);
            if (latest.size() > count) {
              latest.remove();
            }
          }
          return true;
        });
    List<DeadLetter> letters = new ArrayList<>(latest);
    letters.sort(byTime);
    return letters;
  }

  /** The letter at an offset of the dead-letter topic; empty if there is none. */
  public Optional<DeadLetter> at(int partition, long offset) {
    return scan.at(partition, offset).map(DeadLetter::new);
  }

  /**
   * Sends letters into the input topic again, in one transaction.
   *
   * @param maxReplays letters that have been sent again as often are left out
   * @param dryRun whether to count only
   * @param interrupted whether to end
   * @throws ReplayFailedException if a letter cannot be sent or the command is interrupted; then
   *     none is
   */
  public LetterReplay replay(
      LetterFilter filter, int maxReplays, boolean dryRun, BooleanSupplier interrupted) {
    // Of each frame that was replayed, its last letter. A first letter needs no entry.
    Map<String, DeadLetterPlace> lastDeaths = new HashMap<>();
    scan.all(
        record -> {
          checkGoesOn(interrupted);
          DeadLetter letter = new DeadLetter(record);
          if (letter.replays() > 0) {
            letter
                .first()
                .ifPresent(
                    first ->
                        lastDeaths.merge(
                            first,
                            DeadLetterPlace.of(letter),
                            (a, b) -> b.replays() >= a.replays() ? b : a));
          }
          return true;
        });
    Selection selection = new Selection(maxReplays);
    scan.all(
        record -> {
          checkGoesOn(interrupted);
          DeadLetter letter = new DeadLetter(record);
          if (filter.takes(letter)) {
            DeadLetterPlace last = letter.first().map(lastDeaths::get).orElse(null);
            if (last != null && !last.equals(DeadLetterPlace.of(letter))) {
              selection.superseded++;
            } else {
              selection.add(letter);
            }
          }
          return true;
        });
    return send(selection, dryRun, interrupted);
  }

  /**
   * Sends one letter again, be it superseded or not.
   *
   * @param partition its partition in the dead-letter topic
   * @param offset its offset there
   * @return empty if there is no such letter
   * @throws ReplayFailedException as above
   */
  public Optional<LetterReplay> replay(
      int partition, long offset, int maxReplays, boolean dryRun, BooleanSupplier interrupted) {
    return at(partition, offset)
        .map(
            letter -> {
              Selection selection = new Selection(maxReplays);
              selection.add(letter);
              return send(selection, dryRun, interrupted);
            });
  }

  private LetterReplay send(Selection selection, boolean dryRun, BooleanSupplier interrupted) {
    if (!dryRun && selection.chosen.size() > 0) {
      try (ReplayTransaction transaction = ReplayTransaction.begin(config, "dlq-replay")) {
        selection.chosen.read(
            scan, interrupted, record -> send(transaction, new DeadLetter(record)));
        transaction.commit();
      }
    }
    return selection.counts();
  }

  private void send(ReplayTransaction to, DeadLetter letter) {
    DeadLetter.Origin origin = letter.origin().orElseThrow();
    // In another topic its partition means nothing.
    int partition = origin.topic().equals(config.inputTopic()) ? origin.partition() : -1;
    to.send(
        partition,
        letter.key(),
        letter.value(),
        letter.headers(),
        letter.first().orElse(origin.name()));
  }

  private static void checkGoesOn(BooleanSupplier interrupted) {
    if (interrupted.getAsBoolean()) {
      throw new ReplayFailedException("nothing was sent: the command was ended", null);
    }
  }

  @Override
  public void close() {
    scan.close();
  }

  /** Where a letter is and how often its frame had been sent again. */
  private record DeadLetterPlace(int partition, long offset, int replays) {
    static DeadLetterPlace of(DeadLetter letter) {
      return new DeadLetterPlace(letter.partition(), letter.offset(), letter.replays());
    }
  }

  private static final class Selection {
    private final int maxReplays;
    private final ChosenRecords chosen = new ChosenRecords();
    private long cut;
    private long atLimit;
    private long superseded;
    private long foreign;

    Selection(int maxReplays) {
      this.maxReplays = maxReplays;
    }

    void add(DeadLetter letter) {
      if (letter.isCut()) {
        cut++;
      } else if (letter.origin().isEmpty()) {
        foreign++;
      } else if (letter.replays() >= maxReplays) {
        atLimit++;
      } else {
        chosen.add(letter.partition(), letter.offset());
      }
    }

    LetterReplay counts() {
      return new LetterReplay(chosen.size(), cut, atLimit, superseded, foreign);
    }
  }
}
