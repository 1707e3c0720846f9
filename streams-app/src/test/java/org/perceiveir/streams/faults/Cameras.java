package org.perceiveir.streams.faults;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.streams.client.FramePublisher;
import org.perceiveir.streams.config.ServiceConfig;

/**
 * Sources that publish frames at a steady rate until they are cut. Frames differ in their pixels,
 * come in two sizes, and one camera in four sends PNG.
 */
final class Cameras implements AutoCloseable {
  /** Enough of them that every partition has one. */
  static final int SOURCES = 24;

  private static final long PUBLISH_SECONDS = 90;

  private final FramePublisher publisher;
  private final long epoch;
  private final int fps;
  private final AtomicBoolean cut = new AtomicBoolean();
  private final List<CompletableFuture<?>> sent = new ArrayList<>();
  private final Thread thread;
  private volatile @Nullable Throwable failure;

  private Cameras(FramePublisher publisher, long epoch, int fps) {
    this.publisher = publisher;
    this.epoch = epoch;
    this.fps = fps;
    this.thread = new Thread(this::film, "cameras");
    this.thread.setDaemon(true);
  }

  /**
   * Starts to film.
   *
   * @param epoch of all frames; grows with each call for one topic
   * @param fps frames a second of all cameras together
   */
  static Cameras roll(ServiceConfig config, long epoch, int fps) {
    Cameras cameras = new Cameras(FramePublisher.open(config), epoch, fps);
    cameras.thread.start();
    return cameras;
  }

  /** The pixels of one frame: no two are alike, so that results cannot be mixed up unnoticed. */
  static RgbImage image(int camera, long epoch, long sequence) {
    int width = camera % 2 == 0 ? 24 : 16;
    int height = camera % 2 == 0 ? 16 : 24;
    byte[] rgb = new byte[3 * width * height];
    new SplittableRandom((camera * 1_000_003L + epoch) * 1_000_003L + sequence).nextBytes(rgb);
    return RgbImage.wrap(width, height, rgb);
  }

  private void film() {
    long start = System.nanoTime();
    try {
      for (long n = 0; !cut.get(); n++) {
        LockSupport.parkNanos(start + n * 1_000_000_000L / fps - System.nanoTime());
        int camera = (int) (n % SOURCES);
        sent.add(publish(publisher, camera, epoch, n / SOURCES));
      }
    } catch (RuntimeException | Error e) {
      failure = e;
    }
  }

  static CompletableFuture<?> publish(
      FramePublisher publisher, int camera, long epoch, long sequence) {
    RgbImage image = image(camera, epoch, sequence);
    FrameEncoding encoding = camera % 4 == 0 ? FrameEncoding.PNG : FrameEncoding.RGB8;
    long captured = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    return publisher.publishEncoded(
        new FrameIdentity("camera-" + camera, epoch, sequence, captured),
        image.width(),
        image.height(),
        encoding,
        ImageEncoder.encode(image, ImageFormat.valueOf(encoding.name())),
        Map.of());
  }

  /** Throws if they do not film any more although nobody has cut them. */
  void check() {
    if (failure != null) {
      throw new IllegalStateException("the cameras failed", failure);
    }
  }

  /**
   * Stops, and waits until every frame is in the topic.
   *
   * @return how many were published
   */
  int cut() {
    cut.set(true);
    try {
      thread.join(TimeUnit.SECONDS.toMillis(PUBLISH_SECONDS));
      check();
      if (thread.isAlive()) {
        throw new IllegalStateException("the cameras do not stop");
      }
      for (CompletableFuture<?> frame : sent) {
        frame.get(PUBLISH_SECONDS, TimeUnit.SECONDS);
      }
      return sent.size();
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("a frame was not published", e);
    }
  }

  @Override
  public void close() {
    cut.set(true);
    publisher.close();
  }
}
