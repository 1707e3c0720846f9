package org.perceiveir.streams.topology;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.state.StoreBuilder;
import org.jspecify.annotations.Nullable;
import org.perceiveir.streams.batch.FrameWindow;
import org.perceiveir.streams.batch.MicroBatcher;

/**
 * The frames of one task that have been read and not yet written, in the order of their offsets
 * ({@code batch.mode=async}).
 *
 * <p>It is a state store only because that is what two processors of a task can share, and what is
 * opened and closed with the task; it holds nothing that outlives the task. Closing forgets all
 * frames: a task is closed cleanly only after a commit, which has written them, and otherwise its
 * transaction aborts and they are read again.
 *
 * <p>Used by the thread of its task only.
 */
final class PendingFrames implements StateStore {
  static final String NAME = "pending-frames";

  /** Exit code of a process that cannot be sure of its commits; the one of an exhausted heap. */
  private static final int HALTED = 3;

  private final Collaborators with;
  private final Deque<FrameAttempt> attempts = new ArrayDeque<>();
  private MicroBatcher.@Nullable Membership member;
  private FrameWindow.@Nullable Share share;
  private @Nullable Throwable failure;
  private Runnable barrier = () -> {};

  private PendingFrames(Collaborators with) {
    this.with = with;
  }

  MicroBatcher.Membership member() {
    MicroBatcher.Membership joined = member;
    if (joined == null) {
      throw new IllegalStateException("the store is not open");
    }
    return joined;
  }

  private FrameWindow.Share share() {
    FrameWindow.Share opened = share;
    if (opened == null) {
      throw new IllegalStateException("the store is not open");
    }
    return opened;
  }

  /** Names what makes the next commit of the task come by here, to be used after a failure. */
  void onFailure(Runnable armsBarrier) {
    barrier = armsBarrier;
  }

  /**
   * Notes that a frame cannot be finished. The task must not commit any more; closing ends this.
   *
   * <p>The cache forgets the barrier before it calls the topology, and a frame may fail before its
   * barrier is there. Whatever tries to commit this task once more, as the close of a consumer does
   * after an {@link Error}, must meet the barrier again.
   *
   * @return what to throw
   */
  UnfinishedFramesException failed(Throwable cause) {
    if (failure == null) {
      failure = cause;
    }
    try {
      barrier.run();
    } catch (RuntimeException e) {
      // The store is closed: nothing commits this task any more.
      cause.addSuppressed(e);
    } catch (Error e) {
      // Without a barrier the offsets of frames that were never written may be committed. To die
      // here loses nothing: the transaction aborts and the frames are read again.
      Runtime.getRuntime().halt(HALTED);
    }
    return new UnfinishedFramesException(cause);
  }

  /**
   * Refuses to go on after a failure.
   *
   * @throws UnfinishedFramesException with the first failure as its cause
   */
  void checkSound() {
    Throwable first = failure;
    if (first != null) {
      throw new UnfinishedFramesException(first);
    }
  }

  void add(FrameAttempt attempt) {
    attempts.addLast(attempt);
    share().add(attempt.heldBytes(), attempt.usedPriority());
  }

  boolean admits(int priority) {
    return share().admits(priority);
  }

  boolean isEmpty() {
    return attempts.isEmpty();
  }

  boolean threadIsIdle() {
    return share().threadIsIdle();
  }

  boolean hasRoom() {
    return share().hasRoom();
  }

  /** Whether {@link #writeReady} would write something. */
  boolean hasReady() {
    Set<String> waiting = new HashSet<>();
    for (FrameAttempt attempt : attempts) {
      if (isReady(attempt, waiting)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Writes every frame whose outcome is clear and which has no earlier one of its source before it:
   * one slow frame holds up its own camera, not the others of the partition.
   */
  void writeReady(FrameSink sink) {
    Set<String> waiting = new HashSet<>();
    for (Iterator<FrameAttempt> all = attempts.iterator(); all.hasNext(); ) {
      FrameAttempt attempt = all.next();
      if (isReady(attempt, waiting)) {
        // What escapes from here aborts the transaction; the frame is then read again.
        attempt.finish(sink);
        all.remove();
        share().remove(attempt.heldBytes(), attempt.usedPriority());
      }
    }
  }

  private static boolean isReady(FrameAttempt attempt, Set<String> waiting) {
    Optional<String> source = attempt.source();
    if (source.isPresent() && waiting.contains(source.get())) {
      return false;
    }
    if (attempt.canFinish()) {
      return true;
    }
    source.ifPresent(waiting::add);
    return false;
  }

  private void forget() {
    if (member != null) {
      MicroBatcher.Membership leaving = member;
      attempts.forEach(attempt -> attempt.ticket().ifPresent(leaving::withdraw));
      leaving.close();
      member = null;
    }
    attempts.clear();
    failure = null;
    if (share != null) {
      share.close();
      share = null;
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void init(StateStoreContext context, StateStore root) {
    forget();
    member = with.batcher().join();
    share = with.window().open();
    context.register(
        root,
        (key, value) -> {
          throw new IllegalStateException("pending frames have no changelog");
        });
  }

  @Override
  public void close() {
    forget();
  }

  @Override
  public boolean persistent() {
    return false;
  }

  @Override
  public boolean isOpen() {
    return member != null;
  }

  /** Makes one store for each task. */
  static StoreBuilder<PendingFrames> builder(Collaborators with) {
    return new Builder(with);
  }

  /** Neither cached nor logged: the frames are in the input topic. */
  private record Builder(Collaborators with) implements StoreBuilder<PendingFrames> {
    @Override
    public StoreBuilder<PendingFrames> withCachingEnabled() {
      throw new UnsupportedOperationException("pending frames cannot be cached");
    }

    @Override
    public StoreBuilder<PendingFrames> withCachingDisabled() {
      return this;
    }

    @Override
    public StoreBuilder<PendingFrames> withLoggingEnabled(Map<String, String> config) {
      throw new UnsupportedOperationException("pending frames have no changelog");
    }

    @Override
    public StoreBuilder<PendingFrames> withLoggingDisabled() {
      return this;
    }

    @Override
    public PendingFrames build() {
      return new PendingFrames(with);
    }

    @Override
    public Map<String, String> logConfig() {
      return Map.of();
    }

    @Override
    public boolean loggingEnabled() {
      return false;
    }

    @Override
    public String name() {
      return NAME;
    }
  }
}
