package org.perceiveir.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.metric.Psnr;
import org.perceiveir.testkit.SharedFolder;

/** Files that the recorder wrote, read back. */
class VideoFileTest {
  /** Not evenly apart: what a camera with a trembling clock sends. */
  private static final long[] TIMES = {0, 40_000, 95_000, 120_000, 400_000, 433_300};

  @TempDir private Path directory;

  private Path record(VideoCodec codec, String name, int width, int height)
      throws CaptureException {
    Path file = directory.resolve(name);
    try (VideoRecorder recorder = VideoRecorder.open(file, codec, width, height)) {
      for (int i = 0; i < TIMES.length; i++) {
        recorder.write(Pictures.moving(width, height, i), TIMES[i]);
      }
    }
    return file;
  }

  private static List<CapturedFrame> read(Path file) throws CaptureException {
    return read(file, CaptureOptions.defaults());
  }

  private static List<CapturedFrame> read(Path file, CaptureOptions options)
      throws CaptureException {
    List<CapturedFrame> frames = new ArrayList<>();
    try (FrameSource source = VideoInput.open(VideoAddress.parse(file.toString()), options)) {
      Optional<CapturedFrame> frame = source.next();
      while (frame.isPresent()) {
        frames.add(frame.get());
        frame = source.next();
      }
      assertThat(source.next()).isEmpty();
    }
    return frames;
  }

  @ParameterizedTest
  @EnumSource(VideoCodec.class)
  void shouldGiveBackPicturesAndTimes(VideoCodec codec) throws CaptureException {
    for (String extension : codec.extensions()) {
      List<CapturedFrame> frames = read(record(codec, "clip." + extension, 160, 96));

      assertThat(frames).hasSize(TIMES.length);
      for (int i = 0; i < TIMES.length; i++) {
        CapturedFrame frame = frames.get(i);
        assertThat(frame.index()).isEqualTo(i);
        // Matroska counts milliseconds.
        assertThat(Math.abs(frame.positionMicros() - TIMES[i])).isLessThan(1_000);
        double psnr = Psnr.between(Pictures.moving(160, 96, i), frame.image());
        // Chroma of half the size blurs the edges of the square; a wrong matrix costs far more.
        assertThat(psnr)
            .as("PSNR of %s in .%s", codec, extension)
            .isGreaterThan(codec == VideoCodec.FFV1 ? 99 : 27);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"H264", "MPEG4", "VP9"}) // Those that go into MP4.
  void shouldKeepTheLastFrameOfEvenTimes(VideoCodec codec) throws CaptureException {
    Path file = directory.resolve("even.mp4");
    try (VideoRecorder recorder = VideoRecorder.open(file, codec, 64, 48)) {
      for (int i = 0; i < 60; i++) {
        recorder.write(Pictures.moving(64, 48, i), 40_000L * i);
      }
    }

    List<CapturedFrame> frames = read(file);
    assertThat(frames).hasSize(60);
    assertThat(frames.get(59).positionMicros()).isEqualTo(2_360_000);
  }

  @Test
  void shouldKeepTheColoursOfHdVideo() throws CaptureException {
    // From 720 lines on YUV is another one, and a picture has a tint where only one side knows.
    CapturedFrame frame = read(record(VideoCodec.H264, "hd.mp4", 320, 720)).get(0);

    assertThat(Psnr.between(Pictures.moving(320, 720, 0), frame.image())).isGreaterThan(30);
  }

  @Test
  void shouldScaleFramesOfAnotherSizeAndRoundOddSidesDown() throws CaptureException {
    Path file = directory.resolve("sizes.mp4");
    try (VideoRecorder recorder = VideoRecorder.open(file, VideoCodec.H264, 81, 61)) {
      recorder.write(Pictures.moving(81, 61, 0), 0);
      recorder.write(Pictures.moving(40, 30, 1), 0);
    }

    assertThat(read(file))
        .hasSize(2)
        .allSatisfy(
            frame -> {
              assertThat(frame.image().width()).isEqualTo(80);
              assertThat(frame.image().height()).isEqualTo(60);
            });
  }

  @Test
  void shouldLeaveNoFileWhenThereWasNoFrame() throws CaptureException {
    VideoRecorder.open(directory.resolve("none.mp4"), VideoCodec.H264, 16, 16).close();

    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void shouldNeverOverwriteAFile() throws Exception {
    Path file = Files.writeString(directory.resolve("mine.mp4"), "mine");

    assertThatThrownBy(() -> VideoRecorder.open(file, VideoCodec.H264, 16, 16))
        .isInstanceOf(CaptureException.class)
        .hasMessageContaining("mine.mp4 exists");
    assertThat(file).hasContent("mine");
  }

  @Test
  void shouldLeaveAnotherDraftAlone() throws Exception {
    Path mine = Files.writeString(directory.resolve("mine"), "mine");
    Files.createSymbolicLink(directory.resolve(".a.mp4.part"), mine);
    Files.writeString(directory.resolve(".b.mp4.part"), "mine");

    for (String name : List.of("a.mp4", "b.mp4")) {
      assertThatThrownBy(() -> VideoRecorder.open(directory.resolve(name), VideoCodec.H264, 16, 16))
          .isInstanceOf(CaptureException.class)
          .hasMessageContaining("." + name + ".part exists");
    }
    assertThat(mine).hasContent("mine");
    assertThat(directory.resolve(".b.mp4.part")).hasContent("mine");
  }

  @Test
  void shouldNotReplaceAFileThatAppearsMeanwhile() throws Exception {
    Path file = directory.resolve("late.mp4");
    VideoRecorder recorder = VideoRecorder.open(file, VideoCodec.MPEG4, 16, 16);
    recorder.write(Pictures.moving(16, 16, 0), 0);
    Files.writeString(file, "mine");

    assertThatThrownBy(recorder::close)
        .isInstanceOf(CaptureException.class)
        .hasMessageContaining("late.mp4 appeared meanwhile");
    assertThat(file).hasContent("mine");
    Path draft = directory.resolve(".late.mp4.part");
    assertThat(read(Files.move(draft, directory.resolve("other.mp4")))).hasSize(1);
  }

  @Test
  void shouldRefuseALinkThatLeadsNowhere() throws Exception {
    Path link = directory.resolve("link.mp4");
    Files.createSymbolicLink(link, directory.resolve("none"));

    assertThatThrownBy(() -> VideoRecorder.open(link, VideoCodec.H264, 16, 16))
        .hasMessageContaining("link.mp4 exists");
  }

  @Test
  void shouldLeaveNoDraftWhenTheCodecRefuses() {
    assertThatThrownBy(
            () -> VideoRecorder.open(directory.resolve("a.mp4"), VideoCodec.H264, 9000, 9000))
        .isInstanceOf(CaptureException.class);
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void shouldSayWhyWhenTheFileCannotBeWritten() {
    assertThatThrownBy(
            () -> VideoRecorder.open(directory.resolve("no/a.mp4"), VideoCodec.H264, 16, 16))
        .isInstanceOf(CaptureException.class)
        .hasMessageContaining("No such file or directory");
  }

  @ParameterizedTest
  @EnumSource(names = {"H264", "MPEG4"}) // One tells its size in the container, one does not.
  void shouldRefuseLargeFramesBeforeTheyAreDecoded(VideoCodec codec) throws CaptureException {
    Path file = record(codec, "large.mp4", 160, 96);
    CaptureOptions options =
        CaptureOptions.defaults().withLimits(new DecodeLimits(100, 100, 9_000, 1 << 20, 8));

    assertThatThrownBy(() -> read(file, options))
        .isInstanceOf(CaptureException.class)
        .hasMessageContainingAll("large.mp4", "160x96", "100x100");
  }

  private static Map<String, String> noVideos() {
    return Map.of("text.mp4", "plain text", "empty.mp4", "");
  }

  /** They would open other files, or the network. */
  private static Map<String, String> playlists() {
    return Map.of(
        "concat.mp4",
        "ffconcat version 1.0\nfile clip.mp4\n",
        "hls.m3u8",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nclip.mp4\n#EXT-X-ENDLIST\n",
        "sdp.sdp",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n");
  }

  @Test
  void shouldOpenNoPlaylist() throws Exception {
    record(VideoCodec.MPEG4, "clip.mp4", 160, 96);
    for (Map.Entry<String, String> one : playlists().entrySet()) {
      Path file = Files.writeString(directory.resolve(one.getKey()), one.getValue());

      // What FFmpeg says of a format that it knows and may not use; else the data are "invalid".
      assertThatThrownBy(() -> read(file))
          .isInstanceOf(CaptureException.class)
          .hasMessageContaining(one.getKey() + " cannot be opened: Invalid argument");
    }
  }

  @Test
  void shouldRefuseWhatIsNoVideo() throws Exception {
    for (Map.Entry<String, String> one : noVideos().entrySet()) {
      Path file = Files.writeString(directory.resolve(one.getKey()), one.getValue());

      assertThatThrownBy(() -> read(file))
          .isInstanceOf(CaptureException.class)
          .hasMessageContaining(one.getKey())
          .hasMessageContaining("cannot be opened");
    }
  }

  @Test
  void shouldRefuseAFileThatWasCutOff() throws Exception {
    byte[] whole = Files.readAllBytes(record(VideoCodec.H264, "whole.mp4", 160, 96));
    Path file = directory.resolve("cut.mp4");
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));

    assertThatThrownBy(() -> read(file)).isInstanceOf(CaptureException.class);
  }

  @Test
  void shouldSayWhatIsMissing() {
    assertThatThrownBy(() -> read(directory.resolve("away.mp4")))
        .hasMessageContaining("away.mp4 does not exist");
    assertThatThrownBy(() -> read(directory)).hasMessageContaining("is no file");
    assertThatThrownBy(() -> read(Path.of("/dev/video9999")))
        .hasMessageContaining("/dev/video9999 does not exist");
  }

  @Test
  void shouldSayWhereFfmpegIsWhenItsJarsAreLeftOut() throws Exception {
    // A distribution may leave them out: 25 MB. A class loader without them stands for it.
    Path file = record(VideoCodec.MPEG4, "clip.mp4", 160, 96);
    List<URL> urls = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (!entry.contains("bytedeco")) {
        urls.add(Path.of(entry).toUri().toURL());
      }
    }
    try (URLClassLoader without =
        new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
      Class<?> addressClass = without.loadClass(VideoAddress.class.getName());
      Class<?> optionsClass = without.loadClass(CaptureOptions.class.getName());
      Object address = addressClass.getMethod("parse", String.class).invoke(null, file.toString());
      Object options = optionsClass.getMethod("defaults").invoke(null);
      Method open =
          without
              .loadClass(VideoInput.class.getName())
              .getMethod("open", addressClass, optionsClass);

      assertThatThrownBy(() -> open.invoke(null, address, options))
          .cause()
          .hasMessageContaining("FFmpeg is not there")
          .extracting("remedy")
          .asString()
          .contains("org.bytedeco", "docs/cameras.md");
    }
  }

  @Test
  void shouldEndWhenCancelled() throws CaptureException {
    Path file = record(VideoCodec.MPEG4, "clip.mp4", 160, 96);

    try (FrameSource source =
        VideoInput.open(VideoAddress.parse(file.toString()), CaptureOptions.defaults())) {
      assertThat(source.next()).isPresent();
      source.cancel();
      assertThat(source.next()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"car-detection.mp4", "dashcam-720p.mp4", "traffic-counting.mp4"})
  void shouldReadRealClips(String name) throws CaptureException {
    Path file = SharedFolder.require("data/video/" + name);

    long last = -1;
    int count = 0;
    try (FrameSource source =
        VideoInput.open(VideoAddress.parse(file.toString()), CaptureOptions.defaults())) {
      Optional<CapturedFrame> frame = source.next();
      while (frame.isPresent() && count < 30) {
        assertThat(frame.get().positionMicros()).isGreaterThan(last);
        last = frame.get().positionMicros();
        count++;
        frame = source.next();
      }
    }
    assertThat(count).isEqualTo(30);
  }
}
