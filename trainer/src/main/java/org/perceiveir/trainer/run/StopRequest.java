package org.perceiveir.trainer.run;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Lets SIGTERM, Ctrl-C or a caller end a training after the current step, and holds the end of the
 * process until its checkpoint is written.
 */
public final class StopRequest implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook = new Thread(this::onShutdown, "training-stop");
  private volatile @Nullable String reason;

  /** From here on the end of the process waits for {@link #close}. */
  void watchProcess() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void onShutdown() {
    reason = "the process was asked to end";
    try {
      if (!done.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        System.err.println("training did not stop in time; the checkpoint before is kept");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Asks for a stop after the current step. */
  public void request(String why) {
    reason = why;
  }

  /** Why to stop, null to go on. */
  @Nullable String reason() {
    return reason;
  }

  @Override
  public void close() {
    done.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending already, and the hook is what waits for this.
    }
  }
}
