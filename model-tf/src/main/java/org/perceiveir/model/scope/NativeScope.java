package org.perceiveir.model.scope;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * Owner of native memory: what it was given is closed with it, the last first.
 *
 * <p>The garbage collector frees no tensor, session or graph. Here each has one owner, and a scope
 * may own scopes, so that closing the root closes the tree.
 *
 * <p><u>Opening</u>. What is built in steps is built in a scope that is closed at the end of the
 * method; {@link #handOver} takes everything out of it once the last step is done, so that a step
 * that fails leaves nothing behind:
 *
 * <pre>{@code
 * try (NativeScope opening = NativeScope.named("bundle compact 1")) {
 *   Graph graph = opening.own(new Graph());
 *   Session session = opening.own(new Session(graph));
 *   session.restore(prefix);                    // may fail: both are closed
 *   return new Network(session, opening.handOver());
 * }
 * }</pre>
 *
 * <p><u>Use</u>. Whoever touches what the scope owns does so inside {@link #use}; {@link #close}
 * waits for the uses that run, and later ones are refused.
 *
 * <p>Any number of threads may call it.
 */
public final class NativeScope implements AutoCloseable {
  private static final AtomicInteger OPEN = new AtomicInteger();

  private final String name;
  private final Deque<AutoCloseable> owned;
  private final ReentrantReadWriteLock uses = new ReentrantReadWriteLock();
  private boolean closed;

  private NativeScope(String name, Deque<AutoCloseable> owned) {
    this.name = name;
    this.owned = owned;
  }

  /**
   * An empty scope.
   *
   * @param name what it holds, for messages: {@code "bundle compact 1"}
   */
  public static NativeScope named(String name) {
    return new NativeScope(name, new ArrayDeque<>());
  }

  /** Resources in all open scopes of this process; scopes in scopes are not counted themselves. */
  public static int openResources() {
    return OPEN.get();
  }

  /**
   * Takes over a resource.
   *
   * @return the resource
   * @throws IllegalStateException if the scope is closed; the resource is then closed too
   */
  public <T extends AutoCloseable> T own(T resource) {
    synchronized (owned) {
      if (!closed) {
        owned.push(resource);
        count(resource, 1);
        return resource;
      }
    }
    IllegalStateException refused = new IllegalStateException(name + " is closed");
    close(resource, refused);
    throw refused;
  }

  /**
   * Moves everything into a new scope of the same name; this one is empty and still open.
   *
   * @throws IllegalStateException if the scope is closed
   */
  public NativeScope handOver() {
    synchronized (owned) {
      if (closed) {
        throw new IllegalStateException(name + " is closed");
      }
      NativeScope next = new NativeScope(name, new ArrayDeque<>(owned));
      owned.clear();
      return next;
    }
  }

  /**
   * Does work for which the scope stays open.
   *
   * @return what the work gives
   * @throws IllegalStateException if the scope is closed
   */
  public <T> T use(Supplier<T> work) {
    uses.readLock().lock();
    try {
      if (isClosed()) {
        throw new IllegalStateException(name + " is closed");
      }
      return work.get();
    } finally {
      uses.readLock().unlock();
    }
  }

  /** Whether nothing can be owned or used any more. */
  public boolean isClosed() {
    synchronized (owned) {
      return closed;
    }
  }

  /**
   * Waits for the uses that run, then closes everything, the last first; may be called again.
   *
   * @throws IllegalStateException if the calling thread is inside a use, or if a resource fails to
   *     close (suppressed in it); the others are closed all the same
   */
  @Override
  public void close() {
    if (uses.getReadHoldCount() > 0) {
      throw new IllegalStateException(name + " cannot be closed by who uses it");
    }
    uses.writeLock().lock();
    try {
      Deque<AutoCloseable> all;
      synchronized (owned) {
        closed = true;
        all = new ArrayDeque<>(owned);
        owned.clear();
      }
      IllegalStateException failed = new IllegalStateException(name + " could not be closed");
      for (AutoCloseable resource : all) {
        count(resource, -1);
        close(resource, failed);
      }
      if (failed.getSuppressed().length > 0) {
        throw failed;
      }
    } finally {
      uses.writeLock().unlock();
    }
  }

  private static void count(AutoCloseable resource, int change) {
    if (!(resource instanceof NativeScope)) {
      OPEN.addAndGet(change);
    }
  }

  private static void close(AutoCloseable resource, IllegalStateException failed) {
    try {
      resource.close();
    } catch (Exception e) {
      failed.addSuppressed(e);
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
