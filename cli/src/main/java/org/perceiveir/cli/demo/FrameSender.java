package org.perceiveir.cli.demo;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.degrade.DegradationType;
import org.perceiveir.imaging.degrade.Degradations;
import org.perceiveir.imaging.metric.Psnr;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.streams.client.FramePublisher;

/**
 * Degrades the clean frames and sends them, source by source in turn, on a thread of its own.
 *
 * <p>What it sent stays in {@link #onTheirWay} until whoever reads the results takes it out.
 */
final class FrameSender implements AutoCloseable {
  private final FramePublisher publisher;
  private final List<CleanFrames> sources;
  private final List<String> names;
  private final DegradationPlan plan;
  private final int frames;
  private final Traffic traffic;
  private final long epoch = Instant.now().toEpochMilli();
  private final Map<SentFrame.Key, SentFrame> onTheirWay = new ConcurrentHashMap<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final Thread thread = new Thread(this::run, "demo-sender");
  private volatile int sent;
  private volatile boolean stopped;

  FrameSender(
      FramePublisher publisher,
      List<CleanFrames> sources,
      List<String> names,
      DegradationPlan plan,
      int frames,
      Traffic traffic) {
    this.publisher = publisher;
    this.sources = sources;
    this.names = names;
    this.plan = plan;
    this.frames = frames;
    this.traffic = traffic;
  }

  void start() {
    thread.start();
  }

  /** Frames handed to the producer so far. */
  int sent() {
    return sent;
  }

  /** Whether no frame follows. */
  boolean isDone() {
    return !thread.isAlive();
  }

  /** Sends no further frame. */
  void stop() {
    stopped = true;
  }

  /** What ended the sending early, if anything did. */
  @Nullable Throwable failure() {
    return failure.get();
  }

  /** Frames that have no outcome yet, by source and sequence; entries are removed by the reader. */
  Map<SentFrame.Key, SentFrame> onTheirWay() {
    return onTheirWay;
  }

  private void run() {
    try {
      long due = System.nanoTime();
      for (int i = 0; i < frames && !stopped; i++) {
        int source = i % sources.size();
        int index = i / sources.size();
        RgbImage truth = sources.get(source).frame(index);
        DegradationType type = plan.type(source, index);
        RgbImage degraded =
            Degradations.standard(type).apply(truth, plan.seed(source, index), index);
        byte[] encoded = ImageEncoder.encode(degraded, ImageFormat.PNG);
        double psnr = Psnr.between(truth, degraded);

        due = Math.max(due + (long) (traffic.next(i, onTheirWay.size()) * 1e6), System.nanoTime());
        while (!stopped && (System.nanoTime() < due || traffic.mustWait(i, onTheirWay.size()))) {
          LockSupport.parkNanos(Math.max(1_000_000, Math.min(5_000_000, due - System.nanoTime())));
        }
        if (stopped) {
          return;
        }
        onTheirWay.put(
            new SentFrame.Key(source, index),
            new SentFrame(type, truth, encoded, psnr, System.nanoTime()));
        FrameIdentity identity =
            new FrameIdentity(
                names.get(source),
                epoch,
                (long) index,
                ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()));
        // A failed write is kept for the reader, who ends the demo with it.
        var unused =
            publisher
                .publishEncoded(
                    identity,
                    truth.width(),
                    truth.height(),
                    FrameEncoding.PNG,
                    traffic.send(source, index, encoded),
                    Map.of("degradation", type.id()),
                    traffic.headers(source))
                .whenComplete(
                    (metadata, thrown) -> {
                      if (thrown != null) {
                        failure.compareAndSet(null, thrown);
                      }
                    });
        sent = i + 1;
      }
      publisher.flush();
    } catch (RuntimeException | Error e) {
      if (!stopped || e instanceof Error) {
        failure.compareAndSet(null, e);
      }
    }
  }

  /** Stops and waits for the frame in hand. */
  @Override
  public void close() {
    stop();
    sources.forEach(CleanFrames::cancel);
    try {
      thread.join(10_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
