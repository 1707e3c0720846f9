package org.perceiveir.cli.demo;

import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.streams.books.BookKeeper;
import org.perceiveir.streams.books.Books;
import org.perceiveir.streams.config.ServiceConfig;

/** Balances the books every half second on a thread of its own. */
final class BookWatch implements AutoCloseable {
  private static final Duration PERIOD = Duration.ofMillis(500);

  private final BookKeeper keeper;
  private final Consumer<FrameTelemetry> reader;
  private final Thread thread = new Thread(this::run, "demo-books");
  private volatile Books latest = new Books(0, 0, 0, 0, 0, 0, 0, 0);
  private volatile @Nullable RuntimeException failure;
  private volatile boolean stopped;

  private BookWatch(BookKeeper keeper, Consumer<FrameTelemetry> reader) {
    this.keeper = keeper;
    this.reader = reader;
  }

  /** Opens the books; {@code reader} sees each committed telemetry record once. */
  static BookWatch open(ServiceConfig config, Consumer<FrameTelemetry> reader) {
    BookWatch watch = new BookWatch(BookKeeper.open(config), reader);
    watch.thread.start();
    return watch;
  }

  /** The books of a moment ago. */
  Books latest() {
    RuntimeException thrown = failure;
    if (thrown != null) {
      throw thrown;
    }
    return latest;
  }

  private void run() {
    try {
      while (!stopped) {
        latest = keeper.balance(Duration.ZERO, reader);
        Thread.sleep(PERIOD.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      failure = e;
    }
  }

  @Override
  public void close() {
    stopped = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    keeper.close();
  }
}
