package org.perceiveir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
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
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path directory;
  private static Path clean;
  private static Path bundle;
  private static CommandLineRun training;

  @BeforeAll
  static void train() throws IOException {
    TinyBundle tiny = TinyBundle.train(directory);
    clean = tiny.clean();
    bundle = tiny.bundle();
    training = tiny.training();
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

  private static Set<String> names(Path of) throws IOException {
    try (Stream<Path> entries = Files.list(of)) {
      return entries.map(e -> String.valueOf(e.getFileName())).collect(Collectors.toSet());
    }
  }
}
