package org.perceiveir.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.perceiveir.capture.VideoCodec;
import org.perceiveir.capture.VideoRecorder;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.degrade.DegradationType;

class FeedTest {
  @TempDir private Path directory;

  private final StringWriter warnings = new StringWriter();

  static IntStream framesPerSource() {
    int kinds = DegradationType.values().length;
    return IntStream.of(kinds, kinds + 1, 4 * kinds - 2, 6 * kinds, 300);
  }

  @ParameterizedTest
  @MethodSource("framesPerSource")
  void shouldShowEveryDegradationToEachSource(int framesPerSource) {
    DegradationPlan plan = DegradationPlan.mixed(framesPerSource);

    for (int source = 0; source < 4; source++) {
      Set<DegradationType> seen = EnumSet.noneOf(DegradationType.class);
      for (int i = 0; i < framesPerSource; i++) {
        seen.add(plan.type(source, i));
      }
      assertThat(seen).hasSize(DegradationType.values().length);
    }
  }

  @Test
  void shouldStartEachSourceAtAnotherDegradation() {
    List<DegradationType> all = List.of(DegradationType.values());
    for (int kinds = 1; kinds <= all.size(); kinds++) {
      DegradationPlan plan = new DegradationPlan(all.subList(0, kinds), 1);
      Set<DegradationType> first = EnumSet.noneOf(DegradationType.class);
      for (int source = 0; source < kinds; source++) {
        first.add(plan.type(source, 0));
      }
      assertThat(first).hasSize(kinds);
    }
  }

  @Test
  void shouldKeepTheSceneOfADegradationWhileItLasts() {
    DegradationPlan plan = DegradationPlan.mixed(6 * DegradationType.values().length);

    assertThat(plan.seed(0, 0)).isEqualTo(plan.seed(0, 5)).isNotEqualTo(plan.seed(0, 6));
    assertThat(plan.seed(0, 0)).isNotEqualTo(plan.seed(1, 0));
  }

  @Test
  void shouldGoRoundTheFilesFromADifferentStartForEachSource() throws IOException {
    write("a.png", 2);
    write("b.jpg", 3);
    write("c.png", 4);
    write("d.PNG", 5);
    Files.writeString(directory.resolve("notes.txt"), "no frame");

    FrameFiles files = open();

    assertThat(files.label()).isEqualTo("4 files");
    assertThat(files.maxWidth()).isEqualTo(5);
    assertThat(files.source(0, 2).frame(0).width()).isEqualTo(2);
    assertThat(files.source(0, 2).frame(5).width()).isEqualTo(3);
    assertThat(files.source(1, 2).frame(0).width()).isEqualTo(4);
  }

  @Test
  void shouldLeaveOutAnUnreadableFileWithAWarning() throws IOException {
    write("good.png", 7);
    Files.write(directory.resolve("bad.png"), new byte[] {1, 2, 3});

    FrameFiles files = open();

    assertThat(files.label()).isEqualTo("1 files");
    assertThat(warnings.toString()).contains("bad.png is left out").hasLineCount(1);
  }

  @Test
  void shouldTakeTheNextFileWhenPixelsTurnOutDamaged() throws IOException {
    byte[] damaged = ImageEncoder.encode(image(40), ImageFormat.PNG);
    for (int i = damaged.length / 2; i < damaged.length / 2 + 8; i++) {
      damaged[i] ^= 0x55;
    }
    Files.write(directory.resolve("a.png"), damaged);
    write("b.png", 9);

    assertThat(open().source(0, 1).frame(0).width()).isEqualTo(9);
  }

  @Test
  void shouldNameTheDirectoryWhenItIsEmptyOrMissingOrWithoutAnyFrame() throws IOException {
    assertThatThrownBy(this::open)
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining(directory + " holds no frames");
    assertThatThrownBy(() -> FrameFiles.open(directory.resolve("x"), new PrintWriter(warnings)))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("is no directory");
    Files.write(directory.resolve("bad.png"), new byte[0]);
    assertThatThrownBy(this::open)
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("none of the 1 files");
  }

  @Test
  void shouldGoRoundAVideoAndBeginEachSourceAtAPlaceOfItsOwn() throws IOException {
    Path file = directory.resolve("clip.mkv");
    try (VideoRecorder recorder = VideoRecorder.open(file, VideoCodec.FFV1, 16, 8)) {
      for (int i = 0; i < 3; i++) {
        recorder.write(grey(50 * i), 40_000L * i);
      }
    }

    try (RealFrames video = VideoFrames.open(file)) {
      assertThat(video.label()).isEqualTo("clip.mkv");
      assertThat(video.maxWidth()).isEqualTo(16);
      assertThat(video.maxHeight()).isEqualTo(8);
      CleanFrames first = video.source(0, 2);
      CleanFrames second = video.source(1, 2);
      for (int i = 0; i < 5; i++) {
        assertThat(first.frame(i).rgb()).isEqualTo(grey(50 * (i % 3)).rgb());
        // 25 frames further on.
        assertThat(second.frame(i).rgb()).isEqualTo(grey(50 * ((i + 25) % 3)).rgb());
      }
      assertThatThrownBy(() -> first.frame(0)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static RgbImage grey(int value) {
    byte[] rgb = new byte[3 * 16 * 8];
    Arrays.fill(rgb, (byte) value);
    return RgbImage.wrap(16, 8, rgb);
  }

  @Test
  void shouldSayWhatIsWrongWithAVideo() throws IOException {
    Path file = Files.writeString(directory.resolve("text.mp4"), "no video");

    assertThatThrownBy(() -> VideoFrames.open(file))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("text.mp4 cannot be opened");
  }

  private FrameFiles open() {
    return FrameFiles.open(directory, new PrintWriter(warnings));
  }

  private void write(String name, int width) throws IOException {
    ImageFormat format = name.endsWith("jpg") ? ImageFormat.JPEG : ImageFormat.PNG;
    Files.write(directory.resolve(name), ImageEncoder.encode(image(width), format));
  }

  private static RgbImage image(int width) {
    byte[] rgb = new byte[3 * width * width];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i * 31);
    }
    return RgbImage.wrap(width, width, rgb);
  }
}
