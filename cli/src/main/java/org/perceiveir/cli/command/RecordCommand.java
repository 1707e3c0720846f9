package org.perceiveir.cli.command;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.perceiveir.capture.CaptureException;
import org.perceiveir.capture.VideoCodec;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.cli.input.VideoInputs;
import org.perceiveir.cli.lifetime.Interruption;
import org.perceiveir.cli.record.Recording;
import org.perceiveir.streams.client.CommittedRecords;
import org.perceiveir.streams.client.TopicScan;
import org.perceiveir.streams.config.ServiceConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive record}. */
@Command(
    name = "record",
    description = {
      "Writes the restored frames of a source into a video file or a folder.",
      "Committed frames only, until --frames, --seconds, --idle or Ctrl-C; the video plays then. Frames"
          + " that are missing, late or unreadable are counted and told."
    })
public final class RecordCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration NEVER = Duration.ofDays(36_500);

  @Spec private CommandSpec spec;

  @Mixin private ConfigOption config;

  @Option(
      names = "--source-id",
      paramLabel = "ID",
      required = true,
      description = "Name of the source.")
  private String sourceId;

  @Option(
      names = "--output",
      paramLabel = "FILE|DIR",
      required = true,
      description = {
        "A video file (.mp4, .mkv, .webm) that does not exist yet, or a folder that is empty or does not"
            + " exist: then each frame is a file as it was encoded."
      })
  private Path output;

  @Option(
      names = "--codec",
      paramLabel = "NAME",
      description =
          "h264, vp9, mpeg4, mjpeg or ffv1 (without loss). Default: h264, in .webm vp9; .mkv takes all.")
  private @Nullable VideoCodec codec;

  @Option(
      names = "--frames",
      paramLabel = "N",
      description = "End after so many frames. Default: no end.")
  private long frames = Long.MAX_VALUE;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "End after so many seconds of this machine's clock. Default: no end.")
  private @Nullable Double seconds;

  @Option(
      names = "--idle",
      paramLabel = "S",
      description = "End when no frame came for so many seconds. Default: wait for ever.")
  private @Nullable Double idle;

  @Option(
      names = "--from-beginning",
      description = "Begin with the oldest frame in the topic; else with what comes from now on.")
  private boolean fromBeginning;

  @Option(
      names = "--fps",
      paramLabel = "F",
      description =
          "Show each frame for the same time. Default: for as long as the capture times say (variable"
              + " frame rate).")
  private @Nullable Double fps;

  @Option(
      names = "--longest-gap",
      paramLabel = "S",
      defaultValue = "5",
      description = "A frame stands no longer than so many seconds. Default: ${DEFAULT-VALUE}.")
  private double longestGap;

  @Override
  public Integer call() throws IOException {
    check(frames > 0, "--frames is " + frames + ": it must be at least 1");
    check(fps == null || (fps > 0 && fps <= 1000), "--fps is " + fps + ": it must be in 0..1000");
    checkSeconds("--seconds", seconds);
    checkSeconds("--idle", idle);
    checkSeconds("--longest-gap", longestGap);
    Optional<VideoCodec> video = codec();
    Recording.Settings settings =
        new Recording.Settings(
            sourceId,
            output,
            video,
            fromBeginning ? CommittedRecords.From.BEGINNING : CommittedRecords.From.END,
            fps == null ? OptionalDouble.empty() : OptionalDouble.of(fps),
            duration(longestGap),
            frames,
            seconds == null ? NEVER : duration(seconds),
            idle == null ? NEVER : duration(idle));
    return config.use(service -> record(service, settings));
  }

  private void record(ServiceConfig service, Recording.Settings settings) throws IOException {
    // A consumer waits for a topic that does not exist; a scan tells.
    TopicScan.open(service, service.restoredTopic()).close();
    long recorded;
    try (Interruption interruption = Interruption.watch(PATIENCE)) {
      recorded = new Recording(settings, spec.commandLine().getOut()).run(service, interruption);
    } catch (CaptureException e) {
      throw VideoInputs.failure(e);
    }
    if (recorded == 0) {
      throw new CommandFailure(
          "no frame of " + sourceId + " was recorded",
          "check the name with: ./perceive inspect --topic restored, and take --from-beginning for"
              + " frames that are there already");
    }
  }

  /** The codec of a video, from the option or the extension; empty for a folder. */
  private Optional<VideoCodec> codec() throws IOException {
    String name = String.valueOf(output.getFileName());
    int dot = name.lastIndexOf('.');
    String extension = dot < 0 ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
    Optional<VideoCodec> usual = VideoCodec.usual(extension);
    if (usual.isEmpty() || Files.isDirectory(output)) {
      check(
          codec == null,
          "--codec is for video files, that is --output with " + VideoCodec.allExtensions());
      checkFolder(name);
      return Optional.empty();
    }
    check(
        codec == null || codec.fits(extension),
        "--codec " + codec + " does not go into ." + extension + ": take .mkv");
    if (Files.exists(output)) {
      throw new CommandFailure(output + " exists", "name another --output, or delete it");
    }
    return codec == null ? usual : Optional.of(codec);
  }

  private void checkFolder(String name) throws IOException {
    if (Files.isDirectory(output)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(output)) {
        if (entries.iterator().hasNext()) {
          throw new CommandFailure(
              "--output " + output + " is not empty", "name an empty folder, or a new one");
        }
      }
      return;
    }
    check(
        !name.contains(".") && !Files.exists(output),
        "--output " + output + " is neither a folder nor a video: " + VideoCodec.allExtensions());
  }

  private void checkSeconds(String option, @Nullable Double value) {
    check(
        value == null || (value > 0 && value <= 1e8),
        option + " is " + value + ": it must lie above 0 and up to 100000000");
  }

  private void check(boolean right, String message) {
    if (!right) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private static Duration duration(double seconds) {
    return Duration.ofNanos((long) (seconds * 1e9));
  }
}
