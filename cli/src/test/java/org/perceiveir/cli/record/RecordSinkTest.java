package org.perceiveir.cli.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.capture.VideoCodec;
import org.perceiveir.imaging.codec.ImageFormatException;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.RestoredFrame;

class RecordSinkTest {
  @TempDir private Path directory;

  private static RecordedFrame frame(int bytes) {
    RestoredFrame frame = new RestoredFrame();
    frame.setIdentity(new FrameIdentity("cam", 1L, 0L, 0L));
    frame.setEncoding(FrameEncoding.RGB8);
    frame.setWidth(16);
    frame.setHeight(16);
    return new RecordedFrame(frame, new byte[bytes]);
  }

  @Test
  void shouldNotAskTheClockForAFrameThatCannotBeRead() throws Exception {
    for (RecordSink sink :
        List.of(
            new VideoSink(directory.resolve("a.mp4"), VideoCodec.MPEG4),
            new FolderSink(directory.resolve("frames")))) {
      FrameClock clock = new FrameClock(OptionalDouble.of(10), Duration.ofSeconds(5));
      assertThatThrownBy(() -> sink.write(frame(7), () -> clock.next(0)))
          .isInstanceOf(ImageFormatException.class);
      sink.write(frame(3 * 16 * 16), () -> clock.next(5_000_000));
      sink.write(frame(3 * 16 * 16), () -> clock.next(5_100_000));
      sink.close();

      assertThat(clock.time()).isEqualTo(100_000);
    }
  }
}
