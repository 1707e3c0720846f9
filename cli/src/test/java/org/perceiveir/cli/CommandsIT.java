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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.safetensors.SafeTensors;
import org.perceiveir.streams.books.BookKeeper;
import org.perceiveir.streams.books.Books;
import org.perceiveir.streams.config.ServiceConfig;

/**
 * The commands end to end, as a user types them, with a tiny network that the first of them trains.
 */
class CommandsIT {
  private static final String TINY_PRESET =
      """
      {
        "name": "tiny",
        "backbone": {"type": "nafnet", "width": 4, "encoder": [1], "middle": 1, "decoder": [1]}
      }
      """;

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path directory;
  private static Path clean;
  private static Path bundle;
  private static CommandLineRun training;

  @BeforeAll
  static void train() throws IOException {
    clean = Files.createDirectories(directory.resolve("clean"));
    for (int i = 0; i < 3; i++) {
      RgbImage scene = SyntheticScene.street(i, 96, 72).frame(i);
      Files.write(clean.resolve(i + ".png"), ImageEncoder.encode(scene, ImageFormat.PNG));
    }
    Path preset = Files.writeString(directory.resolve("tiny.json"), TINY_PRESET);
    Path out = directory.resolve("training");
    training =
        CommandLineRun.of(
            "train",
            "restoration",
            "--preset",
            preset.toString(),
            "--data",
            clean.toString(),
            "--out",
            out.toString(),
            "--max-steps",
            "4",
            "--crops",
            "32",
            "--batch",
            "2");
    bundle = out.resolve("bundle");
  }

  @Test
  void shouldTrainABundleThatKeepsTheCommand() throws IOException {
    assertThat(training.err()).isEmpty();
    assertThat(training.exitCode()).isZero();
    JsonNode model = JSON.readTree(bundle.resolve("model.json").toFile());
    assertThat(model.get("training").toString())
        .contains("./perceive train restoration --preset")
        .contains("--max-steps 4");
  }

  @Test
  void shouldRefuseToTrainOverACheckpoint() {
    CommandLineRun again =
        CommandLineRun.of(
            "train",
            "restoration",
            "--preset",
            directory.resolve("tiny.json").toString(),
            "--data",
            clean.toString(),
            "--out",
            directory.resolve("training").toString());

    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.err().lines()).hasSize(1);
    assertThat(again.err()).contains("already holds a checkpoint at step 4", "--resume");
  }

  @Test
  void shouldEvaluateIntoJsonWithTheProtocolBesideEachFigure() throws IOException {
    Path report = directory.resolve("evaluation.json");

    CommandLineRun run =
        CommandLineRun.of(
            "evaluate",
            "--bundle",
            bundle.toString(),
            "--clean",
            clean.toString(),
            "--noise",
            "25",
            "--degradation",
            "rain,low-light",
            "--json",
            report.toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    JsonNode items = JSON.readTree(report.toFile()).get("items");
    assertThat(items).hasSize(3);
    for (JsonNode item : items) {
      assertThat(item.get("protocol").asText()).contains("PSNR");
      assertThat(item.get("psnrDb").get("degraded").asDouble()).isBetween(5.0, 40.0);
    }
  }

  @Test
  void shouldExitTwoWhenADegradationIsUnknown() {
    CommandLineRun run =
        CommandLineRun.of("evaluate", "--clean", clean.toString(), "--degradation", "nonsense");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("unknown degradation 'nonsense'", "low-light");
  }

  @Test
  void shouldRestoreWhatItCanAndCountTheRest() throws Exception {
    Path input = Files.createDirectories(directory.resolve("restore-in"));
    RgbImage image = SyntheticScene.landscape(3, 65, 33).frame(0);
    Files.write(input.resolve("a.png"), ImageEncoder.encode(image, ImageFormat.PNG));
    Files.write(input.resolve("a.jpg"), ImageEncoder.encode(image, ImageFormat.JPEG));
    Files.write(input.resolve("b.jpg"), ImageEncoder.encode(image, ImageFormat.JPEG));
    Files.write(input.resolve("bad.png"), new byte[] {(byte) 0x89, 'P', 'N', 'G'});
    Path output = directory.resolve("restore-out");

    CommandLineRun run = restore(input, output);

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("bad.png is left out", "1 of 4 files").hasLineCount(2);
    assertThat(names(output)).containsExactlyInAnyOrder("a.png.png", "a.jpg.png", "b.png");
    RgbImage restored =
        new ImageDecoder(DecodeLimits.defaults())
            .decode(Files.readAllBytes(output.resolve("b.png")));
    assertThat(restored.width()).isEqualTo(65);
    assertThat(restored.height()).isEqualTo(33);
  }

  @Test
  void shouldNeverReplaceAnInput() throws IOException {
    Path input = Files.createDirectories(directory.resolve("in-place"));
    byte[] original = Files.readAllBytes(clean.resolve("0.png"));
    Files.write(input.resolve("x.png"), original);

    CommandLineRun run = restore(input, input);

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("would replace", "another --output");
    assertThat(input.resolve("x.png")).hasBinaryContent(original);
  }

  @Test
  void shouldSayOnOneLineWhatIsMissing() {
    CommandLineRun run =
        CommandLineRun.of(
            "restore",
            "--input",
            clean.toString(),
            "--output",
            directory.resolve("o").toString(),
            "--bundle",
            directory.resolve("nowhere").toString());

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("nowhere holds no model bundle", "--bundle DIR").hasLineCount(1);
    CommandLineRun verbose =
        CommandLineRun.of(
            "--verbose",
            "restore",
            "--input",
            clean.toString(),
            "--output",
            directory.resolve("o").toString(),
            "--bundle",
            directory.resolve("nowhere").toString());
    assertThat(verbose.err()).contains("\tat org.perceiveir.cli");
  }

  @Test
  void shouldTimeTheNetworkAtEachSize() {
    CommandLineRun run =
        CommandLineRun.of(
            "bench",
            "restore",
            "--bundle",
            bundle.toString(),
            "--frames",
            "2",
            "--sizes",
            "32x16,40x40");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).containsPattern("32x16 +median").containsPattern("40x40 +median");
  }

  @Test
  void shouldMeasureThePipelineWhenTheBooksOfEveryRunBalance() throws IOException {
    // Structure only: how fast anything is depends on what else the machine does.
    Path report = directory.resolve("pipeline.json");
    Path tables = directory.resolve("pipeline.md");

    CommandLineRun run =
        CommandLineRun.of(
            "bench",
            "pipeline",
            "--bundle",
            bundle.toString(),
            "--size",
            "184x184",
            "--frames",
            "24",
            "--records",
            "60",
            "--rounds",
            "1",
            "--seconds",
            "1",
            "--warmup-seconds",
            "0",
            "--json",
            report.toString(),
            "--markdown",
            tables.toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    JsonNode json = JSON.readTree(report.toFile());
    assertThat(json.at("/command").asText())
        .startsWith("./perceive bench pipeline --bundle bundle --size 184x184");
    assertThat(json.at("/machine/cores").asInt()).isPositive();
    assertThat(json.at("/bare/batchesPerSecond/rounds")).hasSize(1);
    for (String part : List.of("service", "noOp", "latency")) {
      assertThat(json.get(part))
          .extracting(n -> n.get("mode").asText() + " " + n.get("guarantee").asText())
          .containsExactly(
              "async exactly_once_v2", "blocking exactly_once_v2", "async at_least_once");
    }
    for (JsonNode service : json.get("service")) {
      assertThat(service.at("/ofBareBatches/ofMedians").asDouble()).isPositive();
      assertThat(service.at("/averageBatch/median").asDouble()).isBetween(1.0, 8.0);
    }
    for (JsonNode noOp : json.get("noOp")) {
      assertThat(noOp.at("/ofLoop/ofMedians").asDouble()).isPositive();
    }
    for (JsonNode latency : json.get("latency")) {
      assertThat(latency.get("samples").asInt()).isPositive();
      assertThat(latency.at("/endToEndMs/p50").asDouble())
          .isPositive()
          .isLessThanOrEqualTo(latency.at("/endToEndMs/p99").asDouble());
    }
    assertThat(tables).content().contains("`./perceive bench pipeline", "| bare, batches of 8 |");
    assertThat(run.out()).contains("Service and bare network", "Latency at 80 % load");
  }

  @Test
  void shouldCompareTheServedNetworkWithThePlainOneWhenTheModelIsBenched() throws IOException {
    Path figures = directory.resolve("model.json");
    Path tables = directory.resolve("model.md");

    CommandLineRun run =
        CommandLineRun.of(
            "bench",
            "model",
            "--bundle",
            bundle.toString(),
            "--sizes",
            "33x16",
            "--batches",
            "2",
            "--threads",
            "1",
            "--rounds",
            "2",
            "--json",
            figures.toString(),
            "--markdown",
            tables.toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    JsonNode json = JSON.readTree(figures.toFile());
    assertThat(json.at("/command").asText()).startsWith("./perceive bench model --bundle bundle");
    assertThat(json.at("/cases")).hasSize(1);
    JsonNode measured = json.at("/cases/0");
    assertThat(measured.at("/plainMs/rounds")).hasSize(2);
    double ratio =
        measured.at("/rewrittenMs/rounds/0").asDouble()
            / measured.at("/plainMs/rounds/0").asDouble();
    assertThat(measured.at("/ratio/rounds/0").asDouble())
        .isCloseTo(ratio, org.assertj.core.data.Offset.offset(0.01));
    // More than a level would be another network.
    assertThat(measured.at("/levels").asInt()).isLessThanOrEqualTo(1);
    for (String process : List.of("plainProcess", "rewrittenProcess")) {
      assertThat(measured.path(process).path("peakMiB").asLong()).isBetween(100L, 2000L);
      assertThat(measured.path(process).path("startSeconds").asDouble()).isPositive();
    }
    assertThat(tables).content().contains("`./perceive bench model", "| 33x16 | 2 | 1 |");
    assertThat(run.out()).contains("Memory and start");
  }

  @Test
  void shouldExitTwoWhenAModelBenchOptionIsOutOfRange() {
    for (String[] wrong :
        new String[][] {
          {"--batches", "0"}, {"--threads", "0"}, {"--rounds", "0"}, {"--preset", "huge"}
        }) {
      CommandLineRun run = CommandLineRun.of("bench", "model", wrong[0], wrong[1]);

      assertThat(run.exitCode()).as(wrong[0]).isEqualTo(2);
      assertThat(run.err()).contains(wrong[0], wrong[1]).hasLineCount(1);
    }
  }

  @Test
  void shouldWriteWhatOthersLoadWhenABundleIsExported() throws IOException {
    Path saved = directory.resolve("saved");
    Path weights = directory.resolve("weights.safetensors");

    for (Path target : List.of(saved, weights)) {
      String format = target.equals(saved) ? "savedmodel" : "safetensors";
      CommandLineRun run =
          CommandLineRun.of(
              "export",
              "--bundle",
              bundle.toString(),
              "--format",
              format,
              "--out",
              target.toString());

      assertThat(run.err()).isEmpty();
      assertThat(run.exitCode()).isZero();
      assertThat(run.out()).contains("written to " + target);
    }

    assertThat(saved.resolve("saved_model.pb")).isNotEmptyFile();
    assertThat(SafeTensors.read(weights).allFloats()).isEqualTo(ModelBundle.read(bundle).weights());
    CommandLineRun again =
        CommandLineRun.of(
            "export",
            "--bundle",
            bundle.toString(),
            "--format",
            "savedmodel",
            "--out",
            weights.toString());
    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.err()).contains("is not a directory: choose another place").hasLineCount(1);
  }

  @Test
  void shouldExitTwoWhenAPipelineOptionIsOutOfRange() {
    for (String[] wrong :
        new String[][] {
          {"--frames", "19"}, {"--threads", "0"}, {"--rounds", "0"}, {"--modes", "eager"}
        }) {
      CommandLineRun run =
          CommandLineRun.of("bench", "pipeline", wrong[0], wrong[1], "--bundle", bundle.toString());

      assertThat(run.exitCode()).as(wrong[0]).isEqualTo(2);
      assertThat(run.err()).contains(wrong[1]).hasLineCount(1);
    }
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

  @Test
  void shouldServeASandboxInWhichPublishedFramesAreRestored() throws Exception {
    Path data = directory.resolve("sandbox");
    Path configFile = directory.resolve("sandbox.properties");
    Process sandbox =
        start("sandbox", "--kafka-port", "0", "--registry-port", "0", "--dir", data.toString());
    Process service = null;
    try {
      List<String> settings = new ArrayList<>();
      BufferedReader printed = sandbox.inputReader(StandardCharsets.UTF_8);
      for (String line = printed.readLine(); line != null; line = printed.readLine()) {
        settings.add(line.startsWith("bundle=") ? "bundle=" + bundle : line);
        if (line.contains("Ctrl-C")) {
          break;
        }
      }
      Path outside = Files.createDirectory(data.resolveSibling("outside"));
      Path results = Files.createDirectory(data.resolveSibling("results"));
      settings.add("payload.file.roots=" + outside);
      settings.add("payload.output.root=" + results);
      settings.add("payload.output.min.bytes=0");
      Files.write(configFile, settings);
      String file = configFile.toString();

      assertThat(CommandLineRun.of("run", "--config", file).err())
          .contains("topics missing", "topics create --config")
          .hasLineCount(1);
      assertThat(CommandLineRun.of("topics", "create", "--config", file).out())
          .contains("frames.degraded: created", "telemetry.frames: created");
      assertThat(CommandLineRun.of("topics", "create", "--config", file).out())
          .contains("frames.degraded: exists");
      CommandLineRun published =
          CommandLineRun.of(
              "publish",
              "--config",
              file,
              "--input",
              clean.toString(),
              "--source-id",
              "cam",
              "--fps",
              "100",
              "--encoding",
              "jpeg");
      assertThat(published.err()).isEmpty();
      assertThat(published.out()).contains("published 3 frames of cam");
      CommandLineRun referring =
          CommandLineRun.of(
              "publish",
              "--config",
              file,
              "--input",
              clean.toString(),
              "--source-id",
              "cam/2",
              "--fps",
              "100",
              "--by-reference",
              outside.toString());
      assertThat(referring.err()).isEmpty();
      assertThat(outside.resolve("cam=2F2")).isDirectoryContaining("glob:**.png");

      assertThat(
              CommandLineRun.of(
                      "sample", "--config", file, "--sources", "2", "--fps", "50", "--frames", "2")
                  .out())
          .contains("published 2 drawn frames");

      service = start("run", "--config", file);
      assertThat(service.inputReader(StandardCharsets.UTF_8).readLine())
          .startsWith("running: frames.degraded -> frames.restored");
      Books books;
      try (BookKeeper keeper = BookKeeper.open(ServiceConfig.load(configFile))) {
        books = keeper.settle(Duration.ofMinutes(2));
      }
      assertThat(books).isEqualTo(new Books(8, 8, 0, 0, 0, 0, 0, 0));
      Path frames = data.resolveSibling("frames");
      CommandLineRun inspected =
          CommandLineRun.of(
              "inspect", "--config", file, "--topic", "restored", "--save", frames.toString());
      assertThat(inspected.out()).contains("\"uri\" : \"file://" + results + "/cam=2F2/");
      assertThat(frames.toFile().list()).hasSize(8);
      service.destroy();
      assertThat(service.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(service.exitValue()).isEqualTo(143);
    } finally {
      if (service != null) {
        service.destroyForcibly();
      }
      sandbox.destroy();
      assertThat(sandbox.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(data.resolve("schemas.json")).isNotEmptyFile();
  }

  private static CommandLineRun restore(Path input, Path output) {
    return CommandLineRun.of(
        "restore",
        "--input",
        input.toString(),
        "--output",
        output.toString(),
        "--bundle",
        bundle.toString());
  }

  /** A command in a process of its own, which can be sent SIGTERM. */
  private static Process start(String... args) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // The service needs 383 MiB with payloads outside, and takes 75 % of a heap at
                // most.
                "-Xmx640m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                "-cp",
                System.getProperty("java.class.path"),
                Perceive.class.getName()));
    command.addAll(Arrays.asList(args));
    return new ProcessBuilder(command)
        .redirectError(directory.resolve(args[0] + ".err").toFile())
        .start();
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
