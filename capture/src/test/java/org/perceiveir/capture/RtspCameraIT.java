package org.perceiveir.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a camera that GStreamer's RTSP server plays, where it is installed. */
class RtspCameraIT {
  private static final String PYTHON = "/usr/bin/python3";
  private static final Path CAMERA = Path.of("src/test/resources/rtsp_camera.py");
  private static final BackOff QUICK =
      new BackOff(Duration.ofMillis(50), Duration.ofMillis(400), Duration.ofMinutes(1));

  private int port;
  private @Nullable Process camera;

  @BeforeEach
  void choosePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
  }

  @AfterEach
  void kill() throws InterruptedException {
    Process running = camera;
    if (running != null) {
      running.destroyForcibly().waitFor();
    }
  }

  private BufferedReader start(String... credentials) throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(Path.of(PYTHON)), "needs " + PYTHON);
    List<String> command = new ArrayList<>(List.of(PYTHON, CAMERA.toString(), "" + port));
    command.addAll(Arrays.asList(credentials));
    Process started = new ProcessBuilder(command).redirectErrorStream(true).start();
    camera = started;
    BufferedReader out = started.inputReader(StandardCharsets.UTF_8);
    String line = out.readLine();
    assumeTrue(
        "ready".equals(line) || started.waitFor() != 3,
        "needs Debian's python3-gi, gir1.2-gst-rtsp-server-1.0, gstreamer1.0-plugins-good: "
            + line);
    assertThat(line).isEqualTo("ready");
    return out;
  }

  private FrameSource open(String user) throws CaptureException {
    return VideoInput.open(
        VideoAddress.parse("rtsp://" + user + "127.0.0.1:" + port + "/cam"),
        CaptureOptions.defaults());
  }

  @Test
  void shouldGiveFramesAgainWhenTheCameraWasKilledAndStartedAgain() throws Exception {
    start();
    List<String> notes = new ArrayList<>();

    try (FrameSource source = Reconnecting.open(() -> open(""), QUICK, notes::add)) {
      for (int i = 0; i < 5; i++) {
        CapturedFrame frame = source.next().orElseThrow();
        assertThat(frame.index()).isEqualTo(i);
        assertThat(frame.segment()).isZero();
        assertThat(frame.image().width()).isEqualTo(160);
        assertThat(frame.arrivalMicros() / 1000)
            .isCloseTo(System.currentTimeMillis(), org.assertj.core.data.Offset.offset(60_000L));
      }
      kill();
      start();
      CapturedFrame frame = source.next().orElseThrow();
      while (frame.segment() == 0) {
        // What the connection still held.
        frame = source.next().orElseThrow();
      }
      assertThat(frame.index()).isZero();
      assertThat(notes).anyMatch(note -> note.contains("connecting again in"));
      assertThat(notes).endsWith("frames come again");
    }
  }

  @Test
  void shouldLogInAndNeverTellThePassword() throws Exception {
    start("viewer", "S3cret/@pw");

    try (FrameSource source = open("viewer:S3cret%2F%40pw@")) {
      assertThat(source.next()).isPresent();
    }
    assertThatThrownBy(() -> open("viewer:Wr0ng@"))
        .isInstanceOfSatisfying(
            CaptureException.class,
            e -> {
              assertThat(e).hasMessageContaining("401 Unauthorized");
              assertThat(e.getMessage() + e.remedy())
                  .contains("rtsp://127.0.0.1:" + port, "user and password")
                  .doesNotContain("Wr0ng", "viewer");
            });
  }

  @Test
  void shouldSayGoodbyeToTheCameraAlsoWhenCancelled() throws Exception {
    BufferedReader out = start();
    try (FrameSource source = open("")) {
      assertThat(source.next()).isPresent();
      source.cancel();
    }

    assertThat(CompletableFuture.supplyAsync(() -> line(out)).get(10, TimeUnit.SECONDS))
        .isEqualTo("teardown");
  }

  private static String line(BufferedReader out) {
    try {
      return String.valueOf(out.readLine());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void shouldNotWaitForEverWhenTheCameraIsSilent() throws Exception {
    try (ServerSocket silent = new ServerSocket(port, 5, InetAddress.getLoopbackAddress())) {
      VideoAddress address = VideoAddress.parse("rtsp://u:S3cret@127.0.0.1:" + port + "/cam");
      CaptureOptions options = CaptureOptions.defaults().withPatience(Duration.ofMillis(300));

      assertThatThrownBy(() -> VideoInput.open(address, options))
          .isInstanceOf(CaptureException.class)
          .hasMessageStartingWith("rtsp://127.0.0.1:" + port)
          .hasMessageNotContaining("S3cret");
      try (Socket connection = silent.accept()) {
        assertThat(connection.isConnected()).isTrue();
      }
    }
    assertThatThrownBy(() -> open("u:S3cret@"))
        .isInstanceOf(CaptureException.class)
        .hasMessageContaining("Connection refused")
        .hasMessageNotContaining("S3cret");
  }

  @Test
  void shouldEndANextThatWaitsWhenCancelled() throws Exception {
    start();
    try (NewestFrames source = NewestFrames.of(open(""), 2)) {
      assertThat(source.next()).isPresent();
      source.cancel();
      while (source.next().isPresent()) {
        // What came before.
      }
      assertThat(source.next()).isEmpty();
    }
  }
}
