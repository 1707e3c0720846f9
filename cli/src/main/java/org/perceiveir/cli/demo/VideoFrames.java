package org.perceiveir.cli.demo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
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
  private final List<Forward> opened = new ArrayList<>();

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
      Forward frames = new Forward(video, file, source * STRIDE);
      opened.add(frames);
      return frames;
    } catch (CaptureException e) {
      throw VideoInputs.failure(e);
    }
  }

  @Override
  public void close() {
    opened.forEach(Forward::cancel);
    opened.forEach(Forward::close);
  }

  /**
   * A video goes forward only, and so does the demo's sender. It is freed when no thread decodes it
   * any more, as native code would bring the process down.
   */
  static final class Forward implements CleanFrames {
    private static final long CLOSE_S = 10;

    private final ReentrantLock inUse = new ReentrantLock();
    private final FrameSource video;
    private final Path file;
    private final int offset;
    private int taken;
    private boolean closed;

    Forward(FrameSource video, Path file, int offset) {
      this.video = video;
      this.file = file;
      this.offset = offset;
    }

    @Override
    public RgbImage frame(int index) {
      inUse.lock();
      try {
        return decoded(index);
      } finally {
        inUse.unlock();
      }
    }

    @Override
    public void cancel() {
      video.cancel();
    }

    /** Frees the video, unless a decoder hangs: then the end of the process does. */
    void close() {
      try {
        if (inUse.tryLock(CLOSE_S, TimeUnit.SECONDS)) {
          try {
            closed = true;
            video.close();
          } finally {
            inUse.unlock();
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private RgbImage decoded(int index) {
      if (closed) {
        throw new IllegalStateException("the video is closed");
      }
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
