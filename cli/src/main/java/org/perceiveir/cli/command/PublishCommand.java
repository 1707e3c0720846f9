package org.perceiveir.cli.command;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.perceiveir.capture.AtMost;
import org.perceiveir.capture.BackOff;
import org.perceiveir.capture.CaptureException;
import org.perceiveir.capture.CaptureOptions;
import org.perceiveir.capture.FrameSource;
import org.perceiveir.capture.Looping;
import org.perceiveir.capture.NewestFrames;
import org.perceiveir.capture.Reconnecting;
import org.perceiveir.capture.RtspTransport;
import org.perceiveir.capture.VideoAddress;
import org.perceiveir.capture.VideoInput;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.cli.input.ImageFiles;
import org.perceiveir.cli.input.VideoInputs;
import org.perceiveir.cli.lifetime.Interruption;
import org.perceiveir.cli.publish.FrameOutlet;
import org.perceiveir.cli.publish.VideoFeed;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.codec.ImageFormatException;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.streams.client.FramePublisher;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.header.FrameHeaders;
import org.perceiveir.streams.log.PlainText;
import org.perceiveir.streams.payload.PayloadStore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive publish}. */
@Command(
    name = "publish",
    description = {
      "Publishes frames of one source: the images of a directory in the order of their names, a video"
          + " file, or a camera.",
      "What is no readable image or too large is left out; the command then ends with 1."
    })
public final class PublishCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final double DIRECTORY_FPS = 5;

  /** Frames of a camera that may wait to be encoded and sent. */
  private static final int WAITING_FRAMES = 3;

  @Spec private CommandSpec spec;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      required = true,
      description = "Java properties; docs/configuration.md lists the keys.")
  private Path configFile;

  @Option(
      names = "--input",
      paramLabel = "DIR|FILE|URL|DEVICE",
      required = true,
      description = {
        "A directory of PNG and JPEG files, a video file, rtsp://HOST/PATH or /dev/video0.",
        "It may stand elsewhere, as passwords should: '$${env:NAME}', '$${file:PATH:KEY}'."
      })
  private String input = "";

  @Option(
      names = "--source-id",
      paramLabel = "ID",
      required = true,
      description = "Name of the source; frames of one source keep their order.")
  private String sourceId;

  @Option(
      names = "--fps",
      paramLabel = "F",
      description =
          "Frames a second. Default: 5 from a directory, else the video's own times. A camera's frames"
              + " beyond it are left out.")
  private @Nullable Double fps;

  @Option(
      names = "--loop",
      description = "Begin again after the last file or at the end of the video, until Ctrl-C.")
  private boolean loop;

  @Option(
      names = "--frames",
      paramLabel = "N",
      description = "End when so many are published. Default: all.")
  private long frames = Long.MAX_VALUE;

  @Option(
      names = "--encoding",
      paramLabel = "png|jpeg|rgb8",
      description =
          "How to encode. Default: jpeg from a video (quality 95); each file of a directory goes out"
              + " as it is.")
  private @Nullable ImageFormat encoding;

  @Option(
      names = "--priority",
      paramLabel = "P",
      defaultValue = "0",
      description =
          "Priority of the frames under overload, -100 to 100; higher ones are shed last. Default:"
              + " ${DEFAULT-VALUE}.")
  private int priority;

  @Option(
      names = "--by-reference",
      paramLabel = "ROOT",
      description =
          "Write the frames under this directory and publish references to them; the service reads"
              + " them where payload.file.roots has the directory. See docs/claim-check.md.")
  private @Nullable Path references;

  @Option(
      names = "--start-time",
      paramLabel = "T",
      converter = TimeConverter.class,
      description =
          "Capture time of a video file's first frame: 2026-11-24T10:00:00Z, or milliseconds since"
              + " 1970. Default: now.")
  private @Nullable Instant start;

  @Option(
      names = "--rtsp-transport",
      paramLabel = "tcp|udp",
      defaultValue = "tcp",
      description = "How pictures of an RTSP camera travel. Default: ${DEFAULT-VALUE}.")
  private RtspTransport transport = RtspTransport.TCP;

  @Option(
      names = "--retry-for",
      paramLabel = "SECONDS",
      defaultValue = "300",
      description =
          "How long to try to reach a camera that broke off, before this ends with 1. Default:"
              + " ${DEFAULT-VALUE}.")
  private int retrySeconds;

  private final ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults());

  @Override
  public Integer call() throws InterruptedException {
    check(
        fps == null || (fps > 0 && fps <= 1000),
        "--fps is " + fps + ": it must lie above 0 and up to 1000");
    check(
        priority >= FrameHeaders.MIN_PRIORITY && priority <= FrameHeaders.MAX_PRIORITY,
        "--priority is "
            + priority
            + ": it must lie from "
            + FrameHeaders.MIN_PRIORITY
            + " to "
            + FrameHeaders.MAX_PRIORITY);
    check(!sourceId.isBlank(), "--source-id is empty: name the source");
    check(frames > 0, "--frames is " + frames + ": it must be at least 1");
    check(retrySeconds >= 0, "--retry-for is " + retrySeconds + ": it must be at least 0");
    boolean directory = VideoAddress.isDirectory(input);
    VideoAddress video = directory ? null : VideoInputs.address("--input", input);
    check(
        start == null || (video != null && !video.isLive()),
        "--start-time is for video files: other frames have the time at which they are taken");
    check(!loop || video == null || !video.isLive(), "--loop is for files: a camera has no end");
    ServiceConfig config = ServiceConfig.load(configFile);
    PayloadStore store =
        references == null ? null : PayloadStore.open("--by-reference", references);
    List<Path> files = directory ? ImageFiles.in(Path.of(input)) : List.of();
    long leftOut;
    try (Interruption interruption = Interruption.watch(PATIENCE);
        FramePublisher publisher = FramePublisher.open(config)) {
      FrameOutlet outlet = new FrameOutlet(publisher, store, priority);
      leftOut =
          video == null
              ? publish(files, outlet, interruption)
              : publish(video, outlet, interruption);
    }
    if (leftOut > 0) {
      throw new CommandFailure(
          leftOut
              + (directory
                  ? " of " + files.size() + " files were left out"
                  : " frames or packets were left out"),
          "the lines above say why; the others are published");
    }
    return 0;
  }

  private void check(boolean right, String message) {
    if (!right) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  /** Publishes a video; returns how many of its frames were left out. */
  private long publish(VideoAddress video, FrameOutlet outlet, Interruption interruption)
      throws InterruptedException {
    VideoFeed.Settings settings =
        new VideoFeed.Settings(
            sourceId,
            video.isLive(),
            fps == null ? OptionalDouble.empty() : OptionalDouble.of(fps),
            Optional.ofNullable(start),
            frames,
            encoding == null ? ImageFormat.JPEG : encoding);
    LongAdder damaged = new LongAdder();
    try (FrameSource source = open(video, damaged::increment)) {
      VideoFeed feed = new VideoFeed(source, outlet, settings, spec.commandLine().getErr());
      try {
        feed.run(interruption);
      } finally {
        sayPublished(feed.result(), source, damaged.sum());
      }
      VideoFeed.Result result = feed.result();
      if (result.frames() + result.tooLarge() == 0 && !interruption.isRequested()) {
        throw new CommandFailure(
            video + " holds no frame that can be decoded", "name a whole video file");
      }
      // A line to a camera may be bad for a while; a file is whole or not.
      return result.tooLarge() + (video.isLive() ? 0 : damaged.sum());
    } catch (CaptureException e) {
      throw VideoInputs.failure(e);
    }
  }

  private void sayPublished(VideoFeed.Result result, FrameSource source, long damaged) {
    String dropped =
        source instanceof NewestFrames newest && newest.dropped() > 0
            ? ", " + newest.dropped() + " came too fast"
            : "";
    say(
        String.format(
            Locale.ROOT,
            "published %d frames of %s, epoch %d%s%s%s",
            result.frames(),
            sourceId,
            result.lastEpoch(),
            result.epochs() > 1 ? " (the last of " + result.epochs() + ")" : "",
            dropped,
            damaged > 0 ? ", " + damaged + " packets could not be decoded" : ""));
  }

  private FrameSource open(VideoAddress video, Runnable damage) throws CaptureException {
    CaptureOptions options = CaptureOptions.defaults().withTransport(transport);
    FrameSource.Opening opening = () -> VideoInput.open(video, options, damage);
    if (!video.isLive()) {
      return loop ? Looping.open(opening) : opening.open();
    }
    FrameSource camera =
        Reconnecting.open(
            opening,
            BackOff.usual(Duration.ofSeconds(retrySeconds)),
            note -> {
              spec.commandLine().getErr().println(PlainText.of("perceive: " + note));
              spec.commandLine().getErr().flush();
            });
    return NewestFrames.of(fps == null ? camera : new AtMost(camera, fps), WAITING_FRAMES);
  }

  /** Publishes files at a steady rate; returns how many of them were left out. */
  private int publish(List<Path> files, FrameOutlet outlet, Interruption interruption)
      throws InterruptedException {
    double rate = fps == null ? DIRECTORY_FPS : fps;
    long epoch = Instant.now().toEpochMilli();
    long begin = System.nanoTime();
    long sequence = 0;
    int leftOut = 0;
    boolean first = true;
    do {
      int unreadable = 0;
      for (Path file : files) {
        long due = begin + (long) (sequence * 1e9 / rate);
        if (sequence == frames
            || interruption.await(Duration.ofNanos(Math.max(0, due - System.nanoTime())))) {
          break;
        }
        try {
          FrameIdentity identity =
              new FrameIdentity(
                  sourceId,
                  epoch,
                  sequence,
                  ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()));
          publish(outlet, identity, ImageFiles.read(file));
          sequence++;
        } catch (IOException | IllegalArgumentException e) {
          unreadable++;
          if (first) {
            spec.commandLine()
                .getErr()
                .println(PlainText.of("perceive: " + file + ": " + e.getMessage()));
            spec.commandLine().getErr().flush();
          }
        }
      }
      leftOut = Math.max(leftOut, unreadable);
      first = false;
    } while (loop && sequence > 0 && sequence < frames && !interruption.isRequested());
    outlet.flush();
    say(
        String.format(
            Locale.ROOT, "published %d frames of %s, epoch %d", sequence, sourceId, epoch));
    return leftOut;
  }

  private void publish(FrameOutlet outlet, FrameIdentity identity, byte[] file)
      throws ImageFormatException {
    RgbImage image = decoder.decode(file);
    ImageFormat own = decoder.readHeader(file).format();
    ImageFormat wanted = encoding == null ? own : encoding;
    byte[] encoded = wanted == own ? file : ImageEncoder.encode(image, wanted);
    outlet.send(identity, image.width(), image.height(), wanted, encoded);
  }

  private void say(String line) {
    spec.commandLine().getOut().println(PlainText.of(line));
    spec.commandLine().getOut().flush();
  }
}
