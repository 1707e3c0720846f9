package org.perceiveir.cli.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.streams.books.BookKeeper;
import org.perceiveir.streams.books.Books;
import org.perceiveir.streams.config.ServiceConfig;

/** The books of one run: a rate of frames that were lost or doubled is worth nothing. */
final class BookCheck {
  private static final Duration SETTLE = Duration.ofSeconds(30);

  private BookCheck() {}

  /**
   * Balances the books of a run that has ended, from its topics alone.
   *
   * @param config names application and topics
   * @param expected input records, all of which must have been restored
   * @return the telemetry of all of them
   * @throws CommandFailure if they do not balance or a frame met another end
   */
  static List<SteadyMiddle.Sample> verify(ServiceConfig config, long expected) {
    List<SteadyMiddle.Sample> samples = new ArrayList<>();
    Books books;
    try (BookKeeper keeper = BookKeeper.open(config)) {
      long deadline = System.nanoTime() + SETTLE.toNanos();
      do {
        books =
            keeper.balance(
                Duration.ofNanos(Math.max(0, deadline - System.nanoTime())),
                telemetry -> samples.add(sample(telemetry)));
      } while (books.inFlight() > 0 && System.nanoTime() < deadline);
    }
    if (!books.settled() || books.restored() != expected) {
      throw new CommandFailure(
          "the books of "
              + config.applicationId()
              + " do not show "
              + expected
              + " frames restored once: "
              + books.summary(),
          "its figures would be worth nothing: please report it");
    }
    return samples;
  }

  private static SteadyMiddle.Sample sample(FrameTelemetry telemetry) {
    Integer batch = telemetry.getBatchSize();
    return new SteadyMiddle.Sample(telemetry.getProcessedTimeMicros(), batch == null ? 0 : batch);
  }
}
