package org.perceiveir.cli.record;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import org.perceiveir.capture.VideoCodec;
import org.perceiveir.cli.lifetime.Interruption;
import org.perceiveir.imaging.codec.ImageFormatException;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.RestoredFrame;
import org.perceiveir.schemas.frame.FramePayload;
import org.perceiveir.streams.client.CommittedRecords;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.log.LoudAtFirst;
import org.perceiveir.streams.log.PlainText;
import org.perceiveir.streams.payload.PayloadException;
import org.perceiveir.streams.payload.PayloadReader;

/**
 * Follows the committed restored frames of one source into a video or a folder, until there are
 * enough, the time is over, nothing comes any more or the user ends it. What is missing, late or
 * unreadable is counted and told.
 */
public final class Recording {
  private static final Duration POLL = Duration.ofMillis(100);

  private final Settings settings;
  private final PrintWriter out;
  private final FrameOrder order = new FrameOrder();
  private final FrameClock clock;
  private long frames;
  private long unreadable;

  /**
   * What to record, and how.
   *
   * @param sourceId whose frames
   * @param target a video file or a folder
   * @param codec how to encode the video; empty for a folder
   * @param from where to begin in the topic
   * @param fps a constant frame rate in place of the capture times
   * @param longestGap the longest time that one frame stands in the video
   * @param frames most frames
   * @param time longest time, by the clock of this machine
   * @param idle how long to wait for a frame
   */
  public record Settings(
      String sourceId,
      Path target,
      Optional<VideoCodec> codec,
      CommittedRecords.From from,
      OptionalDouble fps,
      Duration longestGap,
      long frames,
      Duration time,
      Duration idle) {}

  /** A recording that has not begun; it tells its course line by line. */
  public Recording(Settings settings, PrintWriter out) {
    this.settings = settings;
    this.out = out;
    this.clock = new FrameClock(settings.fps(), settings.longestGap());
  }

  /**
   * Records to the end.
   *
   * @return how many frames are recorded
   * @throws IOException if the target cannot be written
   * @throws org.apache.kafka.common.KafkaException if the brokers do not answer
   */
  public long run(ServiceConfig config, Interruption interruption) throws IOException {
    long begin = System.nanoTime();
    long lastFrame = begin;
    try (CommittedRecords<RestoredFrame> records =
            CommittedRecords.restored(config, settings.from());
        PayloadReader payloads = PayloadReader.ofInputAndOutput(config);
        RecordSink sink =
            settings.codec().isPresent()
                ? new VideoSink(settings.target(), settings.codec().get())
                : new FolderSink(settings.target())) {
      say("recording " + settings.sourceId() + " from " + config.restoredTopic());
      while (frames < settings.frames() && !interruption.isRequested()) {
        long now = System.nanoTime();
        if (now - begin > settings.time().toNanos()
            || now - lastFrame > settings.idle().toNanos()) {
          break;
        }
        for (CommittedRecords.Entry<RestoredFrame> entry : records.poll(POLL)) {
          String sourceId = entry.value().getIdentity().getSourceId();
          if (sourceId.equals(settings.sourceId()) && frames < settings.frames()) {
            lastFrame = System.nanoTime();
            record(entry, payloads, sink);
          }
        }
      }
    }
    say(summary());
    return frames;
  }

  private void record(
      CommittedRecords.Entry<RestoredFrame> entry, PayloadReader payloads, RecordSink sink)
      throws IOException {
    RestoredFrame frame = entry.value();
    FrameIdentity identity = frame.getIdentity();
    switch (order.take(identity)) {
      case LATE -> {
        if (LoudAtFirst.isLoud(order.late())) {
          say("left out, late or again: " + name(identity) + " (" + order.late() + " so far)");
        }
        return;
      }
      case AFTER_A_GAP -> {
        if (LoudAtFirst.isLoud(order.gaps())) {
          say(
              "frames are missing before "
                  + name(identity)
                  + " ("
                  + order.missing()
                  + " in "
                  + order.gaps()
                  + " gaps so far)");
        }
      }
      case NEW_EPOCH -> {
        if (LoudAtFirst.isLoud(order.newEpochs())) {
          say("the source began anew: epoch " + identity.getStreamEpoch());
        }
      }
      case NEXT -> {}
    }
    try {
      byte[] encoded =
          FramePayload.of(frame) instanceof FramePayload.External external
              ? payloads.read(external.reference())
              : FramePayload.bytes(frame.getImage());
      sink.write(new RecordedFrame(frame, encoded), () -> clock.next(captureMicros(entry)));
      frames++;
    } catch (PayloadException | ImageFormatException | IllegalArgumentException e) {
      unreadable++;
      if (LoudAtFirst.isLoud(unreadable)) {
        say("left out: " + name(identity) + ": " + e.getMessage() + " (" + unreadable + " so far)");
      }
    }
  }

  private static long captureMicros(CommittedRecords.Entry<RestoredFrame> entry) {
    Long captured = entry.value().getIdentity().getCaptureTimeMicros();
    return captured == null ? 1_000 * entry.timestampMs() : captured;
  }

  private static String name(FrameIdentity identity) {
    return "frame " + identity.getSequence() + " of epoch " + identity.getStreamEpoch();
  }

  private String summary() {
    List<String> parts = new ArrayList<>();
    parts.add(
        String.format(
            Locale.ROOT,
            "recorded %d frames, %.1f s, to %s",
            frames,
            clock.time() / 1e6,
            settings.target()));
    add(parts, order.missing(), "missing in " + order.gaps() + " gaps");
    add(parts, order.newEpochs(), "new epochs");
    add(parts, order.late(), "late or again, left out");
    add(parts, unreadable, "unreadable, left out");
    add(parts, clock.shortened(), "pauses shortened");
    return String.join("; ", parts);
  }

  private static void add(List<String> parts, long count, String what) {
    if (count > 0) {
      parts.add(count + " " + what);
    }
  }

  private void say(String line) {
    out.println(PlainText.of(line));
    out.flush();
  }
}
