package org.perceiveir.streams.topology;

import java.time.Duration;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.TimestampedKeyValueStore;
import org.apache.kafka.streams.state.ValueAndTimestamp;
import org.jspecify.annotations.Nullable;

/**
 * Writes the outcomes of collected frames, in the order of each source ({@code batch.mode=async}).
 *
 * <p><u>Commits.</u> A commit waits for the frames in work, so under load commits are rare ({@code
 * commit.interval.ms} is several passes long). A thread that has nothing in work asks for a commit
 * at once, at most every {@value #SOON_MS} ms: then it costs nothing but makes results visible.
 *
 * <p>{@link Signal#COLLECTED}: writes what is ready, and waits only while the window is full.
 * {@link Signal#BARRIER}: the task is about to commit; waits for all of its frames. In between, a
 * timer writes what has become ready.
 */
final class WriteFrames implements Processor<RecordKey, WriteFrames.Signal, byte[], byte[]> {

  /** Why the processor is called. */
  enum Signal {
    /** One more frame has been collected. */
    COLLECTED,
    /** The input offsets are about to be committed. */
    BARRIER
  }

  /** How often a thread that has nothing to read looks for frames that are ready. */
  static final Duration PERIOD = Duration.ofMillis(10);

  private static final long SOON_MS = 100;
  private static final long SOON_NANOS = SOON_MS * 1_000_000;

  private @Nullable ProcessorContext<byte[], byte[]> context;
  private @Nullable PendingFrames pending;
  private @Nullable TimestampedKeyValueStore<RecordKey, Long> barrier;
  private @Nullable Cancellable timer;
  private long committedNanos = System.nanoTime();
  private boolean uncommitted;

  @Override
  public void init(ProcessorContext<byte[], byte[]> processorContext) {
    context = processorContext;
    pending = processorContext.getStateStore(PendingFrames.NAME);
    barrier = processorContext.getStateStore(RestorationTopology.BARRIER);
    timer =
        processorContext.schedule(
            PERIOD, PunctuationType.WALL_CLOCK_TIME, time -> write(Until.NOTHING_IS_READY));
  }

  @Override
  public void close() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  @Override
  public void process(Record<RecordKey, Signal> signal) {
    boolean commits = signal.value() == Signal.BARRIER;
    uncommitted |= !commits;
    write(commits ? Until.NOTHING_IS_LEFT : Until.THERE_IS_ROOM);
    if (commits) {
      uncommitted = false;
      committedNanos = System.nanoTime();
    }
  }

  private enum Until {
    NOTHING_IS_READY,
    THERE_IS_ROOM,
    NOTHING_IS_LEFT
  }

  private void write(Until until) {
    ProcessorContext<byte[], byte[]> current = context;
    PendingFrames frames = pending;
    if (current == null || frames == null) {
      throw new IllegalStateException("process before init");
    }
    try {
      frames.checkSound();
      frames.writeReady(current::forward);
      while (until == Until.NOTHING_IS_LEFT
          ? !frames.isEmpty()
          : until == Until.THERE_IS_ROOM && !frames.hasRoom()) {
        frames.member().await(frames::hasReady);
        frames.writeReady(current::forward);
      }
      if (uncommitted
          && until != Until.NOTHING_IS_LEFT
          && System.nanoTime() - committedNanos > SOON_NANOS
          && frames.threadIsIdle()) {
        current.commit();
      }
    } catch (UnfinishedFramesException e) {
      rearm();
      throw e;
    } catch (RuntimeException | Error e) {
      rearm();
      throw frames.failed(e);
    }
  }

  /**
   * The cache has forgotten the barrier before it calls here. Whatever tries to commit this task
   * once more, as the close of a consumer does, must meet the barrier again.
   */
  private void rearm() {
    if (barrier != null) {
      barrier.put(RecordKey.NONE, ValueAndTimestamp.make(0L, 0));
    }
  }
}
