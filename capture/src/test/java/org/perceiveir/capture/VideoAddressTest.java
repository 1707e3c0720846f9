package org.perceiveir.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.capture.VideoAddress.Kind;

class VideoAddressTest {

  @ParameterizedTest
  @CsvSource({
    "clip.mp4, FILE, clip.mp4",
    "./a:b.mp4, FILE, ./a:b.mp4",
    "/dev/video0, DEVICE, /dev/video0",
    "/dev/v4l/by-id/usb-Cam_1-index0, DEVICE, /dev/v4l/by-id/usb-Cam_1-index0",
    "/dev/video0/../sda, FILE, /dev/video0/../sda",
    "rtsp://camera/stream, RTSP, rtsp://camera",
    "'  rtsp://u:Secret1@camera/stream	', RTSP, rtsp://camera",
    "' /dev/video0', DEVICE, /dev/video0",
    "rtsp.mp4, FILE, rtsp.mp4",
    "RTSP://camera:8554/, RTSP, rtsp://camera:8554",
    "rtsp://[::1]:554/a, RTSP, rtsp://[::1]:554",
  })
  void shouldTellTheKindsApart(String text, Kind kind, String shown) throws CaptureException {
    VideoAddress address = VideoAddress.parse(text);

    assertThat(address.kind()).isEqualTo(kind);
    assertThat(address).hasToString(shown);
    assertThat(address.isLive()).isEqualTo(kind != Kind.FILE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rtsp://admin:Secret1@10.0.0.1:554/live",
        "rtsp://10.0.0.1/user=admin&password=Secret1&channel=1.sdp",
        "rtsp://10.0.0.1/live?token=Secret1",
        "rtsp://:Secret1@10.0.0.1/",
        "rtsp://admin:Secr%40et1@10.0.0.1/Secret1"
      })
  void shouldShowHostAndPortOnlyWhereverThePasswordStands(String text) throws CaptureException {
    assertThat(VideoAddress.parse(text).toString()).matches("rtsp://10\\.0\\.0\\.1(:554)?");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // What follows the first slash or hash of an unescaped password is no host.
        "rtsp://admin:Se/cret1@10.0.0.1/live",
        "rtsp://admin:554/Secret1@10.0.0.1/live",
        "rtsp://admin:Se#cret1@10.0.0.1/live",
        "rtsp://admin:Se cret1@10.0.0.1/live",
        "rtsp://admin:Secret1@@10.0.0.1/live",
        "rtsp://Secret1:99999/x",
        "rtsp:Secret1",
        "rtsp:///Secret1"
      })
  void shouldRefuseWithoutQuotingWhenTheAddressCannotBeRead(String text) {
    assertThatThrownBy(() -> VideoAddress.parse(text))
        .isInstanceOfSatisfying(
            CaptureException.class,
            e -> {
              assertThat(e.getMessage() + e.remedy()).doesNotContain("cret1").contains("rtsp://");
              assertThat(e.getCause()).isNull();
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://10.0.0.1/a.mp4",
        "https://10.0.0.1/a.mp4",
        "concat:a.mp4|b.mp4",
        "data:video/mp4;base64,AAAA",
        "file:///etc/passwd",
        "tcp://10.0.0.1:1",
        "udp://239.0.0.1:1",
        "rtsps://10.0.0.1/",
        "subfile,,start,1,end,2,,:/etc/passwd",
        "pipe:0",
        "async:clip.mp4",
        "srt://10.0.0.1:1"
      })
  void shouldRefuseEverythingElseThatFfmpegWouldOpen(String text) throws Exception {
    // FFmpeg cuts protocol options at commas, ours is a file then.
    if (text.startsWith("subfile,")) {
      assertThat(VideoAddress.parse(text).location()).startsWith("file:/");
      return;
    }
    assertThatThrownBy(() -> VideoAddress.parse(text))
        .isInstanceOf(CaptureException.class)
        .hasMessageContaining("none of the kinds");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rtsp//u:Secret1@10.0.0.1/",
        "rtsps//10.0.0.1/Secret1",
        "rtsp;//10.0.0.1/Secret1",
        "//u:Secret1@10.0.0.1/x",
        "u:Secret1@10.0.0.1",
        "/rtsp:/u:Secret1@10.0.0.1",
      })
  void shouldNotQuoteWhatMayBeAMistypedAddress(String text) {
    assertThatThrownBy(() -> VideoAddress.parse(text))
        .isInstanceOf(CaptureException.class)
        .hasMessageContaining("no file")
        .hasMessageNotContaining("Secret1");
  }

  @Test
  void shouldTakeAFileThatIsThereWhateverItsName(@TempDir Path directory) throws Exception {
    Path file = Files.createFile(directory.resolve("me@home.mp4"));

    assertThat(VideoAddress.parse(file.toString())).hasToString(file.toString());
    assertThat(VideoAddress.mayTellASecret(file.toString())).isFalse();
  }

  @Test
  void shouldNotShowWhatAReferenceHolds() {
    assertThatThrownBy(() -> VideoAddress.parse("http://a:Secret1@b/", "${env:CAMERA}"))
        .hasMessageContaining("${env:CAMERA}")
        .hasMessageNotContaining("Secret1");
  }

  @Test
  void shouldNameTheReferenceInPlaceOfAFileThatItHolds() throws CaptureException {
    assertThat(VideoAddress.parse("Secret1", "${env:CAMERA}")).hasToString("${env:CAMERA}");
  }

  @Test
  void shouldRefuseAnEmptyPath() {
    assertThatThrownBy(() -> VideoAddress.parse(" ")).hasMessageContaining("no path");
    assertThatThrownBy(() -> VideoAddress.parse("a\0b")).hasMessageContaining("no path");
  }
}
