package org.perceiveir.cli.demo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.perceiveir.capture.CaptureException;
import org.perceiveir.capture.CaptureOptions;
import org.perceiveir.capture.CapturedFrame;
import org.perceiveir.capture.FrameSource;
import org.perceiveir.capture.Looping;
import org.perceiveir.capture.VideoAddress;
import org.perceiveir.capture.VideoInput;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.cli.input.VideoInputs;
import org.perceiveir.imaging.RgbImage;

/**
 * The frames of a video file. Each source decodes it on its own and begins a little further on;
 * what the heap holds is one frame each.
 */
final class VideoFrames implements RealFrames {
  /** How many frames further on each source begins. */
  private static final int STRIDE = 25;

  private final Path file;
  private final VideoAddress address;
  private final int width;
  private final int height;
  private final List<FrameSource> opened = new ArrayList<>();

  private VideoFrames(Path file, VideoAddress address, int width, int height) {
    this.file = file;
    this.address = address;
    this.width = width;
    this.height = height;
  }

  /**
   * Opens a video and looks at its first frame.
   *
   * @throws CommandFailure if it has none
   */
  static VideoFrames open(Path file) {
    VideoAddress address = VideoInputs.address("--input", file.toAbsolutePath().toString());
    try (FrameSource source = VideoInput.open(address, CaptureOptions.defaults())) {
      RgbImage first = next(source, file);
      return new VideoFrames(file, address, first.width(), first.height());
    } catch (CaptureException e) {
      throw VideoInputs.failure(e);
    }
  }

  private static RgbImage next(FrameSource source, Path file) throws CaptureException {
    Optional<CapturedFrame> frame = source.next();
    if (frame.isEmpty()) {
      throw new CommandFailure(
          "--input " + file + " holds no frame that can be decoded", "name a whole video file");
    }
    return frame.get().image();
  }

  @Override
  public String label() {
    return String.valueOf(file.getFileName());
  }

  @Override
  public int maxWidth() {
    return width;
  }

  @Override
  public int maxHeight() {
    return height;
  }

  @Override
  public CleanFrames source(int source, int sources) {
    try {
      FrameSource video = Looping.open(() -> VideoInput.open(address, CaptureOptions.defaults()));
      opened.add(video);
      return new Forward(video, file, source * STRIDE);
    } catch (CaptureException e) {
      throw VideoInputs.failure(e);
    }
  }

  @Override
  public void close() {
    opened.forEach(FrameSource::close);
  }

  /** A video goes forward only, and so does the demo's sender. */
  private static final class Forward implements CleanFrames {
    private final FrameSource video;
    private final Path file;
    private final int offset;
    private int taken;

    Forward(FrameSource video, Path file, int offset) {
      this.video = video;
      this.file = file;
      this.offset = offset;
    }

    @Override
    public RgbImage frame(int index) {
      if (index + offset < taken) {
        throw new IllegalArgumentException(
            "frame " + index + " was taken before; a video goes forward only");
      }
      try {
        RgbImage image = next(video, file);
        for (taken++; taken <= index + offset; taken++) {
          image = next(video, file);
        }
        return image;
      } catch (CaptureException e) {
        throw VideoInputs.failure(e);
      }
    }
  }
}
