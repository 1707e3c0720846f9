package org.perceiveir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.degrade.Degradations;
import org.perceiveir.imaging.scene.SyntheticScene;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.lpips.Lpips;
import org.perceiveir.model.network.PerceiveIrNetwork;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.preset.Backbone;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.weights.EncoderDirectory;
import org.perceiveir.model.weights.PublicWeights;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** {@code ./perceive evaluate} as a user types it, with a tiny network. */
class EvaluateTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path directory;
  private static Path bundle;
  private static Path clean;

  @BeforeAll
  static void make() throws IOException {
    bundle = directory.resolve("bundle");
    Backbone backbone = new Backbone.NafNet(4, List.of(1), 1, List.of(1));
    Preset preset = new Preset("tiny", backbone, null, null, null, null);
    Map<String, FloatTensor> weights = PerceiveIrNetwork.initialWeights(preset, 1);
    // At its start NAFNet adds nothing to its input; tiles differ only where it looks around.
    for (FloatTensor weight : weights.values()) {
      for (int i = 0; i < weight.values().length; i++) {
        weight.values()[i] += 0.05f * (i % 3 - 1);
      }
    }
    ModelBundle.write(bundle, "tiny", "0", preset, weights, JsonNodeFactory.instance.objectNode());
    clean = Files.createDirectories(directory.resolve("CBSD68"));
    for (int i = 0; i < 2; i++) {
      write(clean.resolve(i + ".png"), SyntheticScene.street(i, 150, 72).frame(0));
    }
  }

  private static void write(Path file, RgbImage image) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.write(file, ImageEncoder.encode(image, ImageFormat.PNG));
  }

  private static CommandLineRun evaluate(String... args) {
    List<String> all = new ArrayList<>(List.of("evaluate", "--bundle", bundle.toString()));
    all.addAll(List.of(args));
    return CommandLineRun.of(all.toArray(new String[0]));
  }

  @Test
  void shouldMeasureAClassicalFilterByTheSameProtocol() throws IOException {
    Path json = directory.resolve("filter.json");

    CommandLineRun run =
        CommandLineRun.of(
            "evaluate",
            "--filter",
            "wavelet",
            "--clean",
            clean.toString(),
            "--noise",
            "25",
            "--json",
            json.toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).startsWith("wavelet BayesShrink, 4 levels, each colour on cpu");
    JsonNode item = JSON.readTree(json.toFile()).path("items").get(0);
    JsonNode psnr = item.path("psnrDb");
    assertThat(psnr.path("restored").doubleValue() - psnr.path("degraded").doubleValue())
        .isGreaterThan(3);
    assertThat(item.path("protocol").textValue()).contains("; whole frames; no border cropped;");
  }

  @Test
  void shouldNameTheFiltersWhenOneIsNotKnown() {
    CommandLineRun run =
        CommandLineRun.of("evaluate", "--filter", "bm3d", "--clean", clean.toString());

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err())
        .contains("filter 'bm3d' is not known; choose from wavelet, median, equalize");
  }

  @Test
  void shouldWriteTablesWithThePapersFigureOnlyBesideItsOwnSetting() throws IOException {
    Path json = directory.resolve("report.json");
    Path markdown = directory.resolve("report.md");
    Path sheet = directory.resolve("sheet.png");

    CommandLineRun run =
        evaluate(
            "--clean",
            clean.toString(),
            "--noise",
            "25,60",
            "--degradation",
            "haze+noise:15+jpeg:40",
            "--json",
            json.toString(),
            "--markdown",
            markdown.toString(),
            "--sheet",
            sheet.toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    JsonNode items = JSON.readTree(json.toFile()).path("items");
    assertThat(items).hasSize(3);
    assertThat(items.get(0).path("paper").get(0).path("psnrDb").doubleValue()).isEqualTo(31.53);
    assertThat(items.get(0).path("paper").get(0).path("notes").get(0).textValue())
        .contains("over 2 images", "68");
    assertThat(items.get(1).path("paper")).hasSize(1);
    assertThat(items.get(2).has("paper")).isFalse();
    String text = Files.readString(markdown);
    assertThat(text)
        .startsWith("# Evaluation of tiny ")
        .contains("--clean CBSD68")
        .doesNotContain(directory.toString());
    assertThat(text.lines().filter(line -> line.contains("Perceive-IR")))
        .hasSize(4)
        .allMatch(line -> line.contains("noise:25") || line.contains("noise:60"))
        .allMatch(line -> line.contains("ours over 2 images"));
    assertThat(
            text.lines().filter(line -> line.startsWith("| CBSD68 | haze:0.85:1+noise:15+jpeg:40")))
        .hasSize(1);
    assertThat(text.lines().filter(line -> line.startsWith("Protocol ")))
        .hasSize(3)
        .allMatch(line -> line.contains("seed = index") && line.contains("7x7"));
    assertThat(run.out()).contains(text.lines().filter(l -> l.startsWith("| ")).toList());
    shouldBeASheet(sheet);
  }

  private static void shouldBeASheet(Path file) throws IOException {
    RgbImage sheet = new ImageDecoder(DecodeLimits.defaults()).decode(Files.readAllBytes(file));
    assertThat(sheet.width()).isEqualTo(3 * 150 + 2 * 6);
    assertThat(sheet.height()).isEqualTo(3 * 72 + 2 * 6);
    RgbImage truth = SyntheticScene.street(0, 150, 72).frame(0);
    RgbImage noisy = Degradations.parse("noise:25").apply(truth, 0);
    assertThat(rowOf(sheet, 3)).startsWith(rowOf(noisy, 3));
    byte[] last = new byte[3 * 150];
    System.arraycopy(rowOf(sheet, 3), 3 * 312, last, 0, last.length);
    assertThat(last).isEqualTo(rowOf(truth, 3));
  }

  private static byte[] rowOf(RgbImage image, int row) {
    byte[] bytes = new byte[3 * image.width()];
    System.arraycopy(image.rgb(), row * bytes.length, bytes, 0, bytes.length);
    return bytes;
  }

  @Test
  void shouldGiveTheDecibelsBetweenFullFramesAndTiles() throws IOException {
    Path json = directory.resolve("tiled.json");

    CommandLineRun run =
        evaluate(
            "--clean",
            clean.toString(),
            "--noise",
            "25",
            "--max-images",
            "1",
            "--tile",
            "128",
            "--overlap",
            "8",
            "--compare-tiled",
            "--json",
            json.toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains("PSNR change dB", "tiles of at most that with an overlap of 8");
    JsonNode compared = JSON.readTree(json.toFile()).path("items").get(0).path("compared");
    assertThat(compared.path("largestDifference").intValue()).isPositive();
    assertThat(compared.path("psnrBetweenDb").doubleValue()).isPositive();
    assertThat(compared.path("psnrChangeDb").isNumber()).isTrue();
  }

  @Test
  void shouldMeasurePairsAndRealImagesAndNameWhatItSkips() throws IOException {
    Path root = directory.resolve("pairs");
    for (int i = 0; i < 2; i++) {
      RgbImage truth = SyntheticScene.landscape(i, 64, 48).frame(0);
      write(root.resolve("input/" + i + "_0.8.png"), Degradations.parse("haze").apply(truth, i));
      write(root.resolve("target/" + i + ".png"), truth);
    }
    Files.write(root.resolve("input/bad_1.png"), new byte[] {(byte) 0x89, 'P', 'N', 'G'});
    Path json = directory.resolve("pairs.json");

    CommandLineRun run =
        evaluate(
            "--input",
            root.resolve("input").toString(),
            "--target",
            root.resolve("target").toString(),
            "--pair-by",
            "prefix",
            "--metrics",
            "psnr,ssim,psnr-y,uiqm",
            "--ssim",
            "gaussian",
            "--crop",
            "16",
            "--json",
            json.toString());

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("skipped bad_1", "1 image could not be measured");
    JsonNode item = JSON.readTree(json.toFile()).path("items").get(0);
    assertThat(item.path("setting").textValue()).isEqualTo("pairs");
    assertThat(item.path("images").intValue()).isEqualTo(2);
    assertThat(item.has("ssim")).isFalse();
    assertThat(item.has("ssimGaussian")).isTrue();
    assertThat(item.has("psnrYDb")).isTrue();
    assertThat(item.has("uiqm")).isTrue();

    CommandLineRun real = evaluate("--input", root.resolve("target").toString());
    assertThat(real.err()).isEmpty();
    assertThat(real.out()).contains("no truth", "UCIQE", "UIQM").doesNotContain("PSNR");
  }

  @Test
  void shouldTakePublishedSetsByTheirFolders() throws IOException {
    Path root = directory.resolve("sets");
    for (String folder : List.of("SOTS/outdoor/hazy/1_0.8.png", "SOTS/outdoor/gt/1.png")) {
      write(root.resolve(folder), SyntheticScene.landscape(1, 64, 48).frame(0));
    }
    Path markdown = directory.resolve("sets.md");

    CommandLineRun run =
        evaluate(
            "--dataset",
            "CBSD68=" + clean,
            "--dataset",
            "sots=" + root.resolve("SOTS"),
            "--noise",
            "50",
            "--markdown",
            markdown.toString());

    assertThat(run.err()).isEmpty();
    assertThat(Files.readString(markdown))
        .contains("28.31", "30.87", "the paper's set has 500", "| sots")
        .contains("PSNR dB is infinite for 1 inputs");
  }

  @Test
  void shouldMeasureLpipsWithTheTrunkThatWasImported() throws IOException {
    Map<String, FloatTensor> weights;
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      ParamStore params = new ParamStore(tf);
      Operand<TFloat32> image = tf.zeros(tf.constant(new int[] {1, 32, 32, 3}), TFloat32.class);
      new Lpips(tf, params, Lpips.Trunk.ALEXNET).distance(image, image);
      weights = params.initialValues(4);
    }
    Path trunk = directory.resolve("alexnet");
    EncoderDirectory.write(
        trunk,
        PublicWeights.recognise(PublicWeights.Kind.ALEXNET, weights),
        new EncoderDirectory.Source("alexnet.safetensors", "0123456789abcdef".repeat(4)));
    Path json = directory.resolve("lpips.json");

    CommandLineRun run =
        evaluate(
            "--clean",
            clean.toString(),
            "--noise",
            "50",
            "--max-images",
            "1",
            "--lpips",
            trunk.toString(),
            "--json",
            json.toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains("LPIPS 0.1 (lower is better) with AlexNet");
    JsonNode item = JSON.readTree(json.toFile()).path("items").get(0);
    assertThat(item.path("lpips").path("degraded").doubleValue()).isPositive();

    CommandLineRun wrong =
        evaluate("--clean", clean.toString(), "--noise", "50", "--lpips", bundle.toString());
    assertThat(wrong.exitCode()).isEqualTo(1);
    assertThat(wrong.err()).contains("--lpips", "model import --kind alexnet").hasLineCount(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "                                     | nothing to evaluate",
        "--target t                           | --target t is the truth of no image",
        "--input i --noise 25                 | need clean images",
        "--clean c --noise 0                  | --noise 0.0 is outside 0 to 255",
        "--clean c --degradation nonsense     | unknown degradation 'nonsense'",
        "--dataset snow=s                     | --dataset: unknown data set 'snow'",
        "--dataset sots                       | sots",
        "--input i --target t --pair-by luck  | --pair-by: 'luck'",
        "--clean c --metrics mse              | unknown metric 'mse'",
        "--clean c --metrics lpips            | give --lpips DIR",
        "--clean c --ssim box                 | --ssim box: choose uniform or gaussian",
        "--clean c --crop 0                   | multiples of 0",
        "--clean c --max-images -1            | max images is -1",
        "--clean c --tile 64                  | maxTileSide is 64",
        "--clean c --tile 128 --overlap 64    | tileOverlap is 64",
        "--clean c --overlap 8                | --overlap needs --tile",
        "--clean c --compare-tiled            | --compare-tiled needs --tile",
        "--clean c --full-frame --tile 128    | --full-frame cuts no tiles",
        "--clean c --filter median            | --filter takes the place of a network and whole frames",
        "--clean c --sheet-rows 3             | --sheet-rows needs --sheet",
        "--clean c --sheet s --sheet-rows 99  | choose from 1 to 24",
      })
  void shouldExitTwoWithTheOptionThatIsWrong(String options, String message) {
    CommandLineRun run = evaluate(options == null ? new String[0] : options.split(" "));

    assertThat(run.err()).contains(message).hasLineCount(1);
    assertThat(run.exitCode()).isEqualTo(2);
  }

  @Test
  void shouldExitOneWhenThereIsNothingToRead() {
    CommandLineRun run = evaluate("--clean", directory.resolve("none").toString());

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("none").hasLineCount(1);
  }
}
