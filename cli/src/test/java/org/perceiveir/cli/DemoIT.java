package org.perceiveir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.degrade.DegradationType;
import org.perceiveir.imaging.scene.SyntheticScene;

/** The demo end to end, on a tiny network and on the shipped one. */
class DemoIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path directory;
  private static Path bundle;

  @BeforeAll
  static void train() throws IOException {
    bundle = TinyBundle.train(directory).bundle();
  }

  @Test
  void shouldRunTheDemoOnDrawnScenesAndLeaveNothingBehind() throws IOException {
    Set<String> before = scratch();
    Path report = directory.resolve("demo.json");
    Path picture = directory.resolve("sheet.png");

    CommandLineRun run =
        CommandLineRun.of(
            "demo",
            "--frames",
            "11",
            "--sources",
            "2",
            "--headless",
            "--bundle",
            bundle.toString(),
            "--report",
            report.toString(),
            "--picture",
            picture.toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("books        balance");
    JsonNode json = JSON.readTree(report.toFile());
    assertThat(json.at("/frames/received").asInt()).isEqualTo(11);
    assertThat(json.at("/frames/restored").asInt()).isEqualTo(11);
    assertThat(json.at("/frames/inFlight").asInt()).isZero();
    assertThat(json.at("/byDegradation")).hasSize(DegradationType.values().length);
    assertThat(json.at("/psnrDb/degraded").asDouble()).isBetween(8.0, 35.0);
    assertThat(json.at("/latencyMs/p50").asDouble()).isPositive();
    assertThat(json.at("/bundle").asText()).startsWith("tiny ");
    assertThat(
            new ImageDecoder(DecodeLimits.defaults()).decode(Files.readAllBytes(picture)).width())
        .isGreaterThan(700);
    assertThat(scratch()).isEqualTo(before);
  }

  @Test
  void shouldGainFourDecibelsWithTheShippedModel() throws IOException {
    // What a newcomer sees first must be visibly better, over all degradations.
    Path report = directory.resolve("shipped.json");

    CommandLineRun run =
        CommandLineRun.of(
            "demo",
            "--frames",
            "20",
            "--headless",
            "--bundle",
            Path.of("..", "models", "compact").toString(),
            "--report",
            report.toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    JsonNode psnr = JSON.readTree(report.toFile()).get("psnrDb");
    assertThat(psnr.get("restored").asDouble()).isGreaterThan(psnr.get("degraded").asDouble() + 4);
  }

  @Test
  void shouldShowRealFramesOfMixedSizesOnThePage() throws Exception {
    Path input = Files.createDirectories(directory.resolve("real"));
    for (int i = 0; i < 4; i++) {
      RgbImage frame = SyntheticScene.landscape(9, 64 + 16 * (i % 2), 48).frame(i);
      Files.write(input.resolve(i + ".png"), ImageEncoder.encode(frame, ImageFormat.PNG));
    }
    Files.write(input.resolve("broken.jpg"), new byte[] {1, 2, 3});
    int port = freePort();

    CompletableFuture<CommandLineRun> demo =
        CompletableFuture.supplyAsync(
            () ->
                CommandLineRun.of(
                    "demo",
                    "--frames",
                    "24",
                    "--sources",
                    "1",
                    "--degradation",
                    "noise",
                    "--input",
                    input.toString(),
                    "--port",
                    "" + port,
                    "--bundle",
                    bundle.toString()));
    URI page = URI.create("http://localhost:" + port + "/live");
    HttpClient client = HttpClient.newHttpClient();
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .ignoreExceptions()
        .until(() -> client.send(get(page), BodyHandlers.ofString()).statusCode() == 200);
    JsonNode last = JSON.createObjectNode();
    byte[] image = {};
    while (!demo.isDone()) {
      try (BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(
                  client
                      .send(get(page.resolve("/live/events")), BodyHandlers.ofInputStream())
                      .body(),
                  StandardCharsets.UTF_8))) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          if (line.startsWith("data: ")) {
            last = JSON.readTree(line.substring(6));
          }
          String id = last.at("/sources/0/picture/id").asText();
          if (image.length == 0 && !id.isEmpty()) {
            URI restored =
                page.resolve(
                    "/live/picture/" + last.at("/sources/0/id").asInt() + "/" + id + "/restored");
            image = client.send(get(restored), BodyHandlers.ofByteArray()).body();
          }
        }
      } catch (IOException e) {
        // It has ended between two streams.
        assertThat(last.at("/sources")).hasSize(1);
      }
    }

    CommandLineRun run = demo.get(2, TimeUnit.MINUTES);
    assertThat(run.err()).contains("broken.jpg is left out").hasLineCount(1);
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("open http://localhost:" + port + "/live");
    assertThat(new ImageDecoder(DecodeLimits.defaults()).decode(image).height()).isEqualTo(48);
    assertThat(last.at("/sources/0/name").asText()).isEqualTo("camera-1");
    assertThat(last.at("/extra/notes/camera-1").asText()).startsWith("noise, PSNR ");
    assertThat(last.at("/extra/rows/0/0").asText()).isEqualTo("noise");
    assertThat(last.at("/extra/message").asText()).contains("the books balance");
  }

  @Test
  void shouldNameThePortWhenItIsTaken() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CommandLineRun run =
          CommandLineRun.of(
              "demo", "--bundle", bundle.toString(), "--port", "" + taken.getLocalPort());

      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.err())
          .contains("--port " + taken.getLocalPort() + " is taken")
          .hasLineCount(1);
    }
  }

  @Test
  void shouldExitTwoWhenADemoOptionIsOutOfRange() {
    for (String[] wrong :
        new String[][] {
          {"--frames", "0"}, {"--sources", "99"}, {"--degradation", "fog"}, {"--port", "70000"}
        }) {
      CommandLineRun run =
          CommandLineRun.of("demo", wrong[0], wrong[1], "--bundle", bundle.toString());

      assertThat(run.exitCode()).as(wrong[0]).isEqualTo(2);
      assertThat(run.err()).contains(wrong[1]).hasLineCount(1);
    }
  }

  /** What demos have among the temporary files, but for those of another JVM that runs tests. */
  private static Set<String> scratch() throws IOException {
    String others = "perceive-demo-(models-)?(?!" + ProcessHandle.current().pid() + "-)\\d+-\\d+";
    return names(Path.of(System.getProperty("java.io.tmpdir"))).stream()
        .filter(n -> n.startsWith("perceive-demo-") && !n.matches(others))
        .collect(Collectors.toSet());
  }

  private static Set<String> names(Path of) throws IOException {
    try (Stream<Path> entries = Files.list(of)) {
      return entries.map(e -> String.valueOf(e.getFileName())).collect(Collectors.toSet());
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static HttpRequest get(URI uri) {
    return HttpRequest.newBuilder(uri).build();
  }
}
