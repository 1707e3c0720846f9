package org.perceiveir.cli.bench;

import java.time.Duration;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.cli.lifetime.Interruption;
import org.perceiveir.streams.books.BookKeeper;
import org.perceiveir.streams.books.Books;
import org.perceiveir.streams.config.ServiceConfig;

/** How fast a worker takes records that all wait already. */
final class BacklogRun {
  /** Looking costs the machine that is measured about a millisecond. */
  private static final Duration LOOK = Duration.ofMillis(500);

  private static final Duration STALLED = Duration.ofMinutes(2);

  private BacklogRun() {}

  /**
   * Lets a worker take a backlog, then checks its books.
   *
   * @param worker yet to be started; closed when this returns
   * @param config names application and topics
   * @param records records that wait in the input topic
   * @param interruption ends the run early
   * @throws CommandFailure if the worker fails or stalls, or the books do not balance
   */
  static SteadyMiddle measure(
      Worker worker, ServiceConfig config, long records, Interruption interruption)
      throws InterruptedException {
    try (worker;
        BookKeeper watch = BookKeeper.open(config)) {
      worker.start();
      long ended = 0;
      long lastProgress = System.nanoTime();
      while (ended < records) {
        if (interruption.await(LOOK)) {
          throw new CommandFailure("interrupted", "no figures were written");
        }
        worker.check();
        Books books = watch.balance(Duration.ZERO);
        long now = books.received() - books.inFlight() - books.missing();
        if (now > ended) {
          ended = now;
          lastProgress = System.nanoTime();
        } else if (System.nanoTime() - lastProgress > STALLED.toNanos()) {
          throw new CommandFailure(
              "no record was committed for " + STALLED.toSeconds() + " s: " + books.summary(),
              "the machine may be too busy: try a smaller --size");
        }
      }
      worker.check();
    }
    return SteadyMiddle.of(BookCheck.verify(config, records), config.batchMaxSize());
  }
}
