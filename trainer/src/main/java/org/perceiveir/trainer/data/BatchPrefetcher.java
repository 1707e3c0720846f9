package org.perceiveir.trainer.data;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Makes batches ahead of their use on one background thread, so that degrading overlaps with the
 * network's arithmetic. The order is that of the steps; what is in a batch does not depend on it.
 */
public final class BatchPrefetcher implements AutoCloseable {
  private static final int AHEAD = 4;

  /** A batch, or the failure that ended the thread. */
  private record Made(@Nullable TrainingBatch batch, @Nullable Throwable failure) {}

  private final BlockingQueue<Made> queue = new ArrayBlockingQueue<>(AHEAD);
  private final Thread thread;

  /** Starts to make the batches of {@code from <= step < to}. */
  public BatchPrefetcher(BatchSource sampler, int from, int to) {
    thread = new Thread(() -> produce(sampler, from, to), "training-batches");
    thread.setDaemon(true);
    thread.start();
  }

  private void produce(BatchSource sampler, int from, int to) {
    try {
      for (int step = from; step < to; step++) {
        Made made;
        try {
          made = new Made(sampler.sample(step), null);
        } catch (RuntimeException | Error e) {
          // An error too: nobody else would tell the thread that waits in take().
          made = new Made(null, e);
        }
        queue.put(made);
        if (made.failure() != null) {
          return;
        }
      }
    } catch (InterruptedException e) {
      // close() ends the thread this way.
      Thread.currentThread().interrupt();
    }
  }

  /**
   * The batch of the next step.
   *
   * @throws InterruptedException if the caller's thread is interrupted meanwhile
   */
  public TrainingBatch take() throws InterruptedException {
    Made made = queue.take();
    if (made.failure() != null) {
      throw new IllegalStateException("a training batch could not be made", made.failure());
    }
    TrainingBatch batch = made.batch();
    if (batch == null) {
      throw new IllegalStateException("neither a batch nor a failure");
    }
    return batch;
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
