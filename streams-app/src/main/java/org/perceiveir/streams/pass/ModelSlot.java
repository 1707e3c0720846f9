package org.perceiveir.streams.pass;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.session.Restorer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The place of a network that is in use and can be exchanged between two passes.
 *
 * <p>A pass borrows the network for its time; one that is exchanged meanwhile is closed when the
 * last pass has given it back, by whoever exchanges it, so that no pass waits for its memory to be
 * freed. At every moment there is exactly one network to borrow, so no frame is without one.
 * Thread-safe.
 */
public final class ModelSlot implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ModelSlot.class);

  private static final Duration CLOSING = Duration.ofSeconds(60);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition returned = lock.newCondition();
  private @Nullable Held held;
  private ModelIdentity identity;

  /** A network and how many passes use it now. */
  private static final class Held {
    final Restorer restorer;
    int borrowers;

    /** Whoever exchanged it has given up waiting: the last borrower closes it. */
    boolean abandoned;

    Held(Restorer restorer) {
      this.restorer = restorer;
    }
  }

  /** A slot that owns a network from now on. */
  public ModelSlot(Restorer first) {
    this.held = new Held(first);
    this.identity = ModelIdentity.of(first);
  }

  /**
   * Runs something with the network; it is not closed meanwhile.
   *
   * @throws IllegalStateException if the slot is closed
   */
  public <T> T use(Function<? super Restorer, T> pass) {
    Held borrowed = borrow();
    try {
      return pass.apply(borrowed.restorer);
    } finally {
      giveBack(borrowed);
    }
  }

  private Held borrow() {
    lock.lock();
    try {
      Held current = held;
      if (current == null) {
        throw new IllegalStateException("the slot of bundle " + identity.bundle() + " is closed");
      }
      current.borrowers++;
      return current;
    } finally {
      lock.unlock();
    }
  }

  private void giveBack(Held borrowed) {
    boolean closes;
    lock.lock();
    try {
      borrowed.borrowers--;
      closes = borrowed.borrowers == 0 && borrowed.abandoned;
      returned.signalAll();
    } finally {
      lock.unlock();
    }
    if (closes) {
      free(borrowed.restorer);
    }
  }

  /**
   * Puts another network in its place: the next pass uses it. Returns when the old one is closed,
   * or after {@code patience}, in which case the pass that still uses it closes it at its end.
   *
   * @param next a network that is warm; the slot owns it from now on
   * @return whether the old one is closed
   * @throws IllegalStateException if the slot is closed; {@code next} then stays the caller's
   */
  public boolean exchange(Restorer next, Duration patience) {
    Held old;
    lock.lock();
    try {
      old = held;
      if (old == null) {
        throw new IllegalStateException("the slot of bundle " + identity.bundle() + " is closed");
      }
      held = new Held(next);
      identity = ModelIdentity.of(next);
    } finally {
      lock.unlock();
    }
    return retire(old, patience);
  }

  private boolean retire(Held old, Duration patience) {
    lock.lock();
    try {
      long left = patience.toNanos();
      while (old.borrowers > 0 && left > 0) {
        left = returned.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      old.abandoned = old.borrowers > 0;
      lock.unlock();
    }
    if (!old.abandoned) {
      free(old.restorer);
    }
    return !old.abandoned;
  }

  /** What fails while memory is freed must harm neither a finished pass nor the next network. */
  private static void free(Restorer old) {
    try {
      old.close();
    } catch (RuntimeException e) {
      log.error("the memory of bundle {} may not be free", old.bundleName(), e);
    }
  }

  /** The network that the next pass uses; the last one after {@link #close}. */
  public ModelIdentity identity() {
    lock.lock();
    try {
      return identity;
    } finally {
      lock.unlock();
    }
  }

  /** Closes the network, after the passes that use it; none is given out any more. Idempotent. */
  @Override
  public void close() {
    Held last;
    lock.lock();
    try {
      last = held;
      held = null;
    } finally {
      lock.unlock();
    }
    if (last != null) {
      boolean unused = retire(last, CLOSING);
    }
  }
}
