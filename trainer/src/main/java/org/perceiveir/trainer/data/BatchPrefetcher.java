package org.perceiveir.trainer.data;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes batches ahead of their use on background threads, so that decoding and degrading overlap
 * with the network's arithmetic.
 *
 * <p>Each thread takes the next step that nobody has taken yet, and batches are handed out in the
 * order of the steps. What is in a batch depends on its step alone, so that the sequence is the
 * same whatever the number of threads. At most {@link #ahead} batches wait or are in the making: of
 * eight crops of 128x128 pixels each takes 3 MB.
 *
 * <p>A failure is handed out at its step, after the batches before it. Threads are never
 * interrupted, because an interrupted read looks like an unreadable file.
 */
public final class BatchPrefetcher implements AutoCloseable {
  private static final int MOST_THREADS = 8;

  /** A batch, or the failure that ended the making. */
  private record Made(@Nullable TrainingBatch batch, @Nullable Throwable failure) {}

  private final BatchSource source;
  private final int to;
  private final int ahead;
  private final List<Thread> threads = new ArrayList<>();

  // All below is guarded by this lock.
  private final Object lock = new Object();
  private final Map<Integer, Made> made = new HashMap<>();
  private int nextToMake;
  private int nextToTake;
  private boolean ended;
  private long waitedNanos;
  private long busyNanos;
  private int finished;

  /** Starts to make the batches of {@code from <= step < to} on the default number of threads. */
  public BatchPrefetcher(BatchSource source, int from, int to) {
    this(source, from, to, defaultThreads());
  }

  /**
   * Starts to make the batches of {@code from <= step < to}.
   *
   * @param source asked from several threads at once
   * @param threads 1 or more
   */
  public BatchPrefetcher(BatchSource source, int from, int to, int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException(
          "loader threads are " + threads + ", at least 1 is needed");
    }
    this.source = source;
    this.to = to;
    this.ahead = Math.max(4, 2 * threads);
    this.nextToMake = from;
    this.nextToTake = from;
    for (int i = 0; i < threads; i++) {
      Thread thread = new Thread(this::produce, "training-batches-" + i);
      thread.setDaemon(true);
      this.threads.add(thread);
    }
    this.threads.forEach(Thread::start);
  }

  /** Half the processors, 1 to 8: the network needs the others. */
  public static int defaultThreads() {
    return Math.max(1, Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors() / 2));
  }

  private void produce() {
    while (true) {
      int step;
      synchronized (lock) {
        while (!ended && nextToMake < to && nextToMake >= nextToTake + ahead) {
          try {
            lock.wait();
          } catch (InterruptedException e) {
            // Nobody has a reason to; whoever does ends the loading.
            ended = true;
          }
        }
        if (ended || nextToMake >= to) {
          return;
        }
        step = nextToMake++;
      }
      long start = System.nanoTime();
      Made result;
      try {
        result = new Made(source.sample(step), null);
      } catch (RuntimeException | Error e) {
        // An error too: nobody else would tell the thread that waits in take().
        result = new Made(null, e);
      }
      synchronized (lock) {
        busyNanos += System.nanoTime() - start;
        finished++;
        made.put(step, result);
        if (result.failure() != null) {
          // Steps before it are in the making and still come.
          nextToMake = to;
        }
        lock.notifyAll();
      }
    }
  }

  /**
   * The batch of the next step.
   *
   * @throws BatchException if it could not be made
   * @throws InterruptedException if the caller's thread is interrupted meanwhile
   */
  public TrainingBatch take() throws InterruptedException {
    Made result;
    synchronized (lock) {
      if (nextToTake >= to) {
        throw new IllegalStateException("all batches up to step " + to + " have been taken");
      }
      long start = System.nanoTime();
      while (!made.containsKey(nextToTake)) {
        if (ended) {
          throw new IllegalStateException("the loader is closed");
        }
        lock.wait();
      }
      waitedNanos += System.nanoTime() - start;
      result = made.get(nextToTake);
      if (result.batch() != null) {
        made.remove(nextToTake);
        nextToTake++;
        lock.notifyAll();
        return result.batch();
      }
    }
    Throwable failure = result.failure();
    if (failure == null) {
      throw new IllegalStateException("neither a batch nor a failure");
    }
    throw new BatchException(
        "a training batch could not be made: " + failure.getMessage(), failure);
  }

  /** Time that {@link #take} has waited for a batch, which is what loading costs a training. */
  public long waitedNanos() {
    synchronized (lock) {
      return waitedNanos;
    }
  }

  /**
   * Time that a thread spends on one batch, the mean over all that are made; 0 before the first.
   */
  public long nanosPerBatch() {
    synchronized (lock) {
      return finished == 0 ? 0 : busyNanos / finished;
    }
  }

  /** Most batches that wait or are in the making. */
  public int ahead() {
    return ahead;
  }

  /** Ends the threads and waits for them; each finishes the batch that it is at. */
  @Override
  public void close() {
    synchronized (lock) {
      ended = true;
      lock.notifyAll();
    }
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
