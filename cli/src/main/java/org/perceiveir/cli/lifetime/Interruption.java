package org.perceiveir.cli.lifetime;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C and SIGTERM as a request: the command sees it, ends in order and closes this; the process
 * waits for that, but not longer than it is patient.
 *
 * <p>Everything that must be undone (brokers closed, directories deleted) is undone on the
 * command's own thread and in the usual order, whichever way it ends.
 */
public final class Interruption implements AutoCloseable {
  private final CountDownLatch requested = new CountDownLatch(1);
  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook;

  private Interruption(Duration patience) {
    hook =
        new Thread(
            () -> {
              requested.countDown();
              try {
                if (!done.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                  System.err.println(
                      "perceive: did not end in order within " + patience.toSeconds() + " s");
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "interruption");
  }

  /** Watches the process from now on. */
  public static Interruption watch(Duration patience) {
    Interruption interruption = new Interruption(patience);
    Runtime.getRuntime().addShutdownHook(interruption.hook);
    return interruption;
  }

  /** Whether the command is asked to end. */
  public boolean isRequested() {
    return requested.getCount() == 0;
  }

  /** Waits until the command is asked to end. */
  public void await() throws InterruptedException {
    requested.await();
  }

  /** Waits for a time, or until the command is asked to end, and tells whether it is. */
  public boolean await(Duration timeout) throws InterruptedException {
    return requested.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Lets the process end. */
  @Override
  public void close() {
    done.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending: the hook is what waited for this.
    }
  }
}
