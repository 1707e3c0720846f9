package org.perceiveir.cli.publish;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.perceiveir.capture.CaptureException;
import org.perceiveir.capture.CapturedFrame;
import org.perceiveir.capture.FrameSource;
import org.perceiveir.cli.lifetime.Interruption;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.streams.log.PlainText;

/**
 * Publishes what a camera or a video file gives, until it ends, enough is published or the user
 * ends it.
 *
 * <p><u>Identity.</u> Each segment of the source (connection, round) is an epoch, which begins with
 * the clock in milliseconds; the sequence is the index in the segment, so frames that a slow
 * publisher missed are gaps. <u>Capture time.</u> A live frame has the time of its arrival, a frame
 * of a file the start of its segment and its place in the stream; where the first segment's start
 * is given, the next follows the last frame. <u>Pace.</u> Files wait for their frames' times; live
 * frames go out as they come.
 */
public final class VideoFeed {
  private static final long WATCH_MS = 50;
  private static final long USUAL_INTERVAL_MICROS = 40_000;

  private final FrameSource source;
  private final FrameOutlet outlet;
  private final Settings settings;
  private final PrintWriter err;

  private int segment = -1;
  private long epoch;
  private long beginNanos;
  private long startMicros;
  private long lastMicros;
  private long intervalMicros;
  private long published;
  private long tooLarge;

  /**
   * How to publish.
   *
   * @param sourceId name of the source
   * @param live whether frames come when they happen
   * @param fps the pace of a file, in place of its own
   * @param start capture time of a file's first frame, in place of now
   * @param frames most frames to publish
   * @param encoding how to encode
   */
  public record Settings(
      String sourceId,
      boolean live,
      OptionalDouble fps,
      Optional<Instant> start,
      long frames,
      ImageFormat encoding) {}

  /**
   * What was published.
   *
   * @param frames how many frames
   * @param tooLarge frames left out because they exceed {@code frame.max.bytes}
   * @param epochs how many epochs they have
   * @param lastEpoch the last of them
   */
  public record Result(long frames, long tooLarge, int epochs, long lastEpoch) {}

  /** A feed that has not begun; the caller closes source and outlet's publisher. */
  public VideoFeed(FrameSource source, FrameOutlet outlet, Settings settings, PrintWriter err) {
    this.source = source;
    this.outlet = outlet;
    this.settings = settings;
    this.intervalMicros =
        settings.fps().isPresent()
            ? (long) (1e6 / settings.fps().getAsDouble())
            : USUAL_INTERVAL_MICROS;
    this.err = err;
  }

  /**
   * Publishes to the end; also when the source fails, what came before has arrived then.
   *
   * @throws CaptureException if the source fails
   */
  public void run(Interruption interruption) throws CaptureException, InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    Thread watch = new Thread(() -> cancelWhenRequested(interruption, done), "publish-watch");
    watch.setDaemon(true);
    watch.start();
    try {
      Optional<CapturedFrame> frame = source.next();
      while (frame.isPresent() && publish(frame.get(), interruption)) {
        frame = source.next();
      }
    } finally {
      try {
        outlet.flush();
      } finally {
        done.countDown();
        watch.join();
      }
    }
  }

  /** What is published so far. */
  public Result result() {
    return new Result(published, tooLarge, segment + 1, epoch);
  }

  private void cancelWhenRequested(Interruption interruption, CountDownLatch done) {
    try {
      while (!done.await(WATCH_MS, TimeUnit.MILLISECONDS)) {
        if (interruption.isRequested()) {
          source.cancel();
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Publishes one frame at its time; returns whether to go on. */
  private boolean publish(CapturedFrame frame, Interruption interruption)
      throws InterruptedException {
    if (frame.segment() != segment) {
      begin(frame.segment());
    }
    long offsetMicros =
        settings.fps().isPresent()
            ? (long) (frame.index() * 1e6 / settings.fps().getAsDouble())
            : frame.positionMicros();
    if (!settings.live()) {
      long wait = beginNanos + 1_000 * offsetMicros - System.nanoTime();
      if (interruption.await(Duration.ofNanos(Math.max(0, wait)))) {
        return false;
      }
    }
    long captured = settings.live() ? frame.arrivalMicros() : startMicros + offsetMicros;
    if (captured > lastMicros && frame.index() > 0) {
      intervalMicros = captured - lastMicros;
    }
    lastMicros = captured;
    RgbImage image = frame.image();
    try {
      outlet.send(
          new FrameIdentity(settings.sourceId(), epoch, frame.index(), captured),
          image.width(),
          image.height(),
          settings.encoding(),
          ImageEncoder.encode(image, settings.encoding()));
      published++;
    } catch (IllegalArgumentException e) {
      tooLarge++;
      if (tooLarge == 1) {
        err.println(PlainText.of("perceive: " + e.getMessage()));
        err.flush();
      }
    }
    return published < settings.frames();
  }

  private void begin(int newSegment) {
    boolean further = segment >= 0;
    segment = newSegment;
    epoch = Math.max(epoch + 1, Instant.now().toEpochMilli());
    beginNanos = System.nanoTime();
    startMicros =
        further && settings.start().isPresent()
            ? lastMicros + intervalMicros
            : ChronoUnit.MICROS.between(Instant.EPOCH, settings.start().orElseGet(Instant::now));
  }
}
