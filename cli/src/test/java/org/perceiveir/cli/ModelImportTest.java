package org.perceiveir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.scene.SyntheticScene;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.clip.ClipConfig;
import org.perceiveir.model.clip.ClipImageEncoder;
import org.perceiveir.model.clip.ClipTextEncoder;
import org.perceiveir.model.network.PerceiveIrNetwork;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.preset.Backbone;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensorsWriter;
import org.perceiveir.model.vgg.Vgg16Config;
import org.perceiveir.model.vgg.Vgg16Features;
import org.perceiveir.model.weights.EncoderDirectory;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** Public weights are of use only if the file that the user has is taken as it is. */
class ModelImportTest {
  @TempDir private Path directory;

  private static Map<String, FloatTensor> made(
      BiConsumer<ParamStore, Operand<TFloat32>> network, Graph graph) {
    Ops tf = Ops.create(graph);
    ParamStore params = new ParamStore(tf);
    network.accept(
        params, tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(1, 32, 32, 3))));
    return params.initialValues(5);
  }

  private static Map<String, FloatTensor> restorer(Backbone backbone) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Preset preset = new Preset("any", backbone, null, null, null, null);
      return made((p, x) -> PerceiveIrNetwork.build(tf, p, preset).restore(x), graph);
    }
  }

  private static Map<String, FloatTensor> nafnet() {
    return restorer(new Backbone.NafNet(4, List.of(1, 1), 1, List.of(1, 1)));
  }

  private Path file(String name, Map<String, FloatTensor> weights) throws IOException {
    Path file = directory.resolve(name);
    SafeTensorsWriter.write(file, weights, Map.of("format", "pt"));
    return file;
  }

  private static CommandLineRun run(String kind, Path file, Path out) {
    return CommandLineRun.of(
        "model", "import", "--kind", kind, "--file", file.toString(), "--out", out.toString());
  }

  private static String sha256(Path file) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
  }

  @ParameterizedTest
  @CsvSource({"nafnet, module.", "restormer, params."})
  void shouldRestoreWithAnImportedRestorerRightAway(String kind, String wrapper) throws Exception {
    Map<String, FloatTensor> weights = new LinkedHashMap<>();
    Map<String, FloatTensor> bare =
        kind.equals("nafnet")
            ? nafnet()
            : restorer(
                new Backbone.Restormer(
                    8, List.of(1, 1, 1, 1), 1, List.of(1, 2, 4, 8), 2.66, false));
    bare.forEach((name, tensor) -> weights.put(wrapper + name, tensor));
    Path file = file("public.safetensors", weights);
    Path out = directory.resolve("bundle");

    CommandLineRun imported = run(kind, file, out);

    assertThat(imported.err()).isEmpty();
    assertThat(imported.exitCode()).isZero();
    assertThat(imported.out())
        .contains("kind          " + kind, "parameters ", sha256(file), "--bundle " + out);
    ModelBundle bundle = ModelBundle.read(out);
    assertThat(bundle.weights()).isEqualTo(bare);
    assertThat(bundle.trainingRecord().toString())
        .isEqualTo(
            "{\"imported\":{\"kind\":\""
                + kind
                + "\",\"file\":\"public.safetensors\",\"sha256\":\""
                + sha256(file)
                + "\"}}");

    Path image = directory.resolve("frame.png");
    Files.write(
        image, ImageEncoder.encode(SyntheticScene.street(1, 48, 40).frame(0), ImageFormat.PNG));
    CommandLineRun restored =
        CommandLineRun.of(
            "restore",
            "--bundle",
            out.toString(),
            "--input",
            image.toString(),
            "--output",
            directory.resolve("restored").toString());
    assertThat(restored.err()).isEmpty();
    assertThat(directory.resolve("restored/frame.png")).exists();
  }

  @Test
  void shouldKeepTheConvolutionsOfVggAsAnEncoder() throws Exception {
    Map<String, FloatTensor> features;
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      features =
          made(
              (p, x) -> new Vgg16Features(tf, p, Vgg16Config.dividedBy(16)).apply(x, List.of(30)),
              graph);
    }
    Map<String, FloatTensor> weights = new LinkedHashMap<>(features);
    weights.put("classifier.6.bias", new FloatTensor(new long[] {4}, new float[4]));
    Path file = file("vgg16.safetensors", weights);
    Path out = directory.resolve("vgg16");

    CommandLineRun imported = run("VGG16", file, out);

    assertThat(imported.err()).isEmpty();
    assertThat(imported.out()).contains("architecture  widths [4, 8, 16, 32, 32]");
    EncoderDirectory encoder = EncoderDirectory.read(out);
    assertThat(encoder.weights()).isEqualTo(features);
    assertThat(encoder.source())
        .isEqualTo(new EncoderDirectory.Source("vgg16.safetensors", sha256(file)));
    assertThat(run("vgg16", file, out).exitCode()).as("an older import is replaced").isZero();
  }

  @Test
  void shouldListEverythingThatIsWrongALineEach() throws IOException {
    Map<String, FloatTensor> weights = new LinkedHashMap<>(nafnet());
    weights.remove("ending.bias");
    CommandLineRun one = run("nafnet", file("1.safetensors", weights), directory.resolve("bundle"));
    List<String> lines = new ArrayList<>(List.of("  missing ending.bias [3]"));
    for (int i = 0; i < 30; i++) {
      weights.put("extra\n" + i, new FloatTensor(new long[] {1}, new float[1]));
      lines.add("  unexpected extra?" + i + " [1]");
    }

    CommandLineRun run = run("nafnet", file("w.safetensors", weights), directory.resolve("bundle"));

    assertThat(one.err().lines().findFirst().orElseThrow())
        .contains(
            "1.safetensors is not of a nafnet network: 1 tensor does not fit; choose another");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err().lines().findFirst().orElseThrow())
        .contains(
            "w.safetensors is not of a nafnet network: 31 tensors do not fit; choose another");
    assertThat(run.err().lines().skip(1)).containsExactlyInAnyOrderElementsOf(lines);
    assertThat(directory.resolve("bundle")).doesNotExist();
  }

  @Test
  void shouldSayWhatIsAssumedOfClip() throws IOException {
    ClipConfig config = new ClipConfig(8, 4, 64, 1, 1, 16, 64, 1, 1, 5, 6);
    Map<String, FloatTensor> weights;
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      ParamStore params = new ParamStore(tf);
      new ClipImageEncoder(tf, params, config);
      new ClipTextEncoder(tf, params, config);
      weights = params.initialValues(5);
    }

    CommandLineRun run = run("clip", file("w.safetensors", weights), directory.resolve("clip"));

    assertThat(run.err()).isEmpty();
    assertThat(run.out().lines()).anyMatch(l -> l.startsWith("assumed       QuickGELU and heads"));
  }

  @Test
  void shouldSayWhatToDoWhenTheKindIsAnother() throws IOException {
    CommandLineRun run =
        run("restormer", file("w.safetensors", nafnet()), directory.resolve("bundle"));

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("not a restormer state dict", "patch_embed.proj.weight");
    CommandLineRun unknown =
        run("resnet", directory.resolve("w.safetensors"), directory.resolve("bundle"));
    assertThat(unknown.exitCode()).isEqualTo(2);
    assertThat(unknown.err())
        .contains("'resnet' is none of clip, dinov2, vgg16, alexnet, restormer, nafnet");
  }

  @ParameterizedTest
  @CsvSource({
    "504b03040a000000, docs/weights.md",
    "80028a0a6cfc9c46, docs/weights.md",
    "00, 1 bytes"
  })
  void shouldPointToTheGuideWhenTheFileIsNotSafetensors(String hex, String reason)
      throws IOException {
    Path file = Files.write(directory.resolve("w.pth"), HexFormat.of().parseHex(hex));

    CommandLineRun run = run("nafnet", file, directory.resolve("bundle"));

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).contains("w.pth", reason);
    assertThat(run("nafnet", directory.resolve("none"), directory).err()).contains("is no file");
  }

  @Test
  void shouldNotOverwriteWhatIsNoImport() throws IOException {
    Path file = file("w.safetensors", nafnet());
    Path out = Files.createDirectories(directory.resolve("precious"));
    Files.writeString(out.resolve("thesis.txt"), "years of work");

    CommandLineRun run = run("nafnet", file, out);

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("precious", "empty directory");
    assertThat(out.resolve("thesis.txt")).exists();
    assertThat(run("nafnet", file, out.resolve("thesis.txt")).exitCode()).isEqualTo(1);
  }
}
