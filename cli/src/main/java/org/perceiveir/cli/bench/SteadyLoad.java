package org.perceiveir.cli.bench;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.streams.client.FramePublisher;

/**
 * Publishes frames at equal intervals on a thread of its own, whatever comes back.
 *
 * <p>Frame i is due at {@code start + i / rate}, and that is its capture time. A frame that goes
 * out late, because the machine is busy or the producer waits, is late already when it goes: its
 * latency counts from when it was due, so that a stall is charged to every frame that it delays and
 * not to one only.
 */
final class SteadyLoad implements AutoCloseable {
  private final FramePublisher publisher;
  private final FrameSet frames;
  private final List<String> sources;
  private final double perSecond;
  private final int count;
  private final long startNanos;
  private final long startMicros;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final Thread thread = new Thread(this::run, "bench-load");
  private volatile boolean stopped;

  /**
   * A load that is yet to be started.
   *
   * @param publisher where to; not closed
   * @param frames the frames, which go round
   * @param sources names of the sources, which take turns
   * @param perSecond frames a second
   * @param count how many frames
   */
  SteadyLoad(
      FramePublisher publisher,
      FrameSet frames,
      List<String> sources,
      double perSecond,
      int count) {
    this.publisher = publisher;
    this.frames = frames;
    this.sources = sources;
    this.perSecond = perSecond;
    this.count = count;
    this.startNanos = System.nanoTime();
    this.startMicros = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }

  void start() {
    thread.start();
  }

  /** When a frame is due, by {@link System#nanoTime}. */
  long dueNanos(long index) {
    return startNanos + offsetNanos(index);
  }

  private long offsetNanos(long index) {
    return (long) (index * 1e9 / perSecond);
  }

  /** Which frame a result belongs to. */
  int index(FrameIdentity identity) {
    int source = sources.indexOf(identity.getSourceId());
    return Math.toIntExact(identity.getSequence() * sources.size() + source);
  }

  /** What ended the load early, if anything did. */
  @Nullable Throwable failure() {
    return failure.get();
  }

  private void run() {
    try {
      for (int i = 0; i < count && !stopped; i++) {
        for (long wait = dueNanos(i) - System.nanoTime();
            wait > 0 && !stopped;
            wait = dueNanos(i) - System.nanoTime()) {
          LockSupport.parkNanos(wait);
        }
        publish(i);
      }
      publisher.flush();
    } catch (RuntimeException | Error e) {
      failure.compareAndSet(null, e);
    }
  }

  private void publish(int index) {
    FrameIdentity identity =
        new FrameIdentity(
            sources.get(index % sources.size()),
            startMicros / 1000,
            (long) index / sources.size(),
            startMicros + offsetNanos(index) / 1000);
    frames.publish(publisher, identity, index, failure);
  }

  /** Publishes no further frame. */
  @Override
  public void close() {
    stopped = true;
    LockSupport.unpark(thread);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
