package org.perceiveir.streams.topology;

import java.time.Duration;
import org.apache.kafka.streams.errors.TaskMigratedException;
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
  private @Nullable Cancellable timer;
  private long committedNanos = System.nanoTime();
  private boolean uncommitted;

  @Override
  public void init(ProcessorContext<byte[], byte[]> processorContext) {
    context = processorContext;
    PendingFrames frames = processorContext.getStateStore(PendingFrames.NAME);
    pending = frames;
    TimestampedKeyValueStore<RecordKey, Long> barrier =
        processorContext.getStateStore(RestorationTopology.BARRIER);
    frames.onFailure(() -> barrier.put(RecordKey.NONE, ValueAndTimestamp.make(0L, 0)));
  }

  @Override
  public void close() {
    stopTimer();
  }

  private void startTimer(ProcessorContext<byte[], byte[]> current) {
    if (timer == null) {
      timer = current.schedule(PERIOD, PunctuationType.WALL_CLOCK_TIME, time -> tick());
    }
  }

  /** Each tick makes the task commit, so an idle one must not tick. */
  private void tick() {
    write(Until.NOTHING_IS_READY);
    PendingFrames frames = pending;
    if (!uncommitted && frames != null && frames.isEmpty()) {
      stopTimer();
    }
  }

  private void stopTimer() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  @Override
  public void process(Record<RecordKey, Signal> signal) {
    boolean commits = signal.value() == Signal.BARRIER;
    ProcessorContext<byte[], byte[]> current = context;
    if (!commits && current != null) {
      uncommitted = true;
      startTimer(current);
    }
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
      if (until == Until.NOTHING_IS_LEFT) {
        while (!frames.isEmpty()) {
          frames.member().await(frames::hasReady);
          frames.writeReady(current::forward);
        }
      } else if (until == Until.THERE_IS_ROOM) {
        while (!frames.hasRoom()) {
          frames.member().await(() -> frames.hasReady() || frames.hasRoom());
          frames.writeReady(current::forward);
        }
      }
      if (uncommitted
          && until != Until.NOTHING_IS_LEFT
          && System.nanoTime() - committedNanos > SOON_NANOS
          && frames.threadIsIdle()) {
        current.commit();
      }
    } catch (TaskMigratedException e) {
      // Another instance has the partition: Kafka Streams gives all of them up and joins again.
      UnfinishedFramesException unused = frames.failed(e);
      throw e;
    } catch (RuntimeException | Error e) {
      // TaskCorruptedException as well: to mend one task Kafka Streams commits the others, in a
      // transaction that holds what this one has written already.
      throw frames.failed(e);
    }
  }
}
