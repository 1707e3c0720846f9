package org.perceiveir.cli.record;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.perceiveir.capture.VideoCodec;
import org.perceiveir.capture.VideoRecorder;
import org.perceiveir.imaging.RgbImage;

/** Into a video file, which begins with the first frame and has its size. */
final class VideoSink implements RecordSink {
  private final Path file;
  private final VideoCodec codec;
  private @Nullable VideoRecorder recorder;

  VideoSink(Path file, VideoCodec codec) {
    this.file = file;
    this.codec = codec;
  }

  @Override
  public void write(RecordedFrame frame, LongSupplier timeMicros) throws IOException {
    RgbImage image = frame.image();
    VideoRecorder begun = recorder;
    if (begun == null) {
      begun = VideoRecorder.open(file, codec, image.width(), image.height());
      recorder = begun;
    }
    begun.write(image, timeMicros.getAsLong());
  }

  @Override
  public void close() throws IOException {
    if (recorder != null) {
      recorder.close();
    }
  }
}
