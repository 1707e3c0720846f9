package org.perceiveir.model.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.bundle.FrozenEncoder;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.golden.GraphRun;
import org.perceiveir.model.golden.HashWeights;
import org.perceiveir.model.network.PerceiveIrNetwork;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.preset.TinyNetworks;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.perceiveir.model.semantic.TinyGuidance;
import org.perceiveir.model.session.RestorationSession;
import org.perceiveir.model.session.SessionOptions;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TUint8;

/** What others load must restore as this product does. */
class ExportTest {
  private static final Preset NAFNET = TinyNetworks.NAFNET;
  private static final Preset RESTORMER = TinyNetworks.RESTORMER;

  @TempDir private Path dir;

  static List<Preset> presets() {
    return List.of(NAFNET, RESTORMER);
  }

  @ParameterizedTest
  @MethodSource("presets")
  void shouldRestoreTheSameBytesWhenTheSavedModelIsLoaded(Preset preset) throws IOException {
    ModelBundle bundle = bundle(preset);
    assertSameBytes(bundle, new int[][] {{1, 1}, {1, 9}, {7, 5}, {16, 16}, {33, 18}, {3, 70}});
  }

  private void assertSameBytes(ModelBundle bundle, int[][] sizes) throws IOException {
    Path saved = dir.resolve("serving").resolve("1");
    SavedModelExport.write(saved, bundle, null);
    SessionOptions cpu = SessionOptions.defaults().withDevice("cpu");
    try (RestorationSession session = RestorationSession.open(bundle, cpu);
        SavedModelBundle loaded = SavedModelBundle.load(saved.toString(), "serve")) {
      for (int[] size : sizes) {
        List<RgbImage> frames = List.of(noise(size[0], size[1], 1), noise(size[0], size[1], 2));
        List<RgbImage> expected = session.restore(frames);
        List<RgbImage> found = call(loaded, frames);
        for (int i = 0; i < frames.size(); i++) {
          assertThat(found.get(i).rgb())
              .as("%d x %d", size[0], size[1])
              .isEqualTo(expected.get(i).rgb())
              .isNotEqualTo(frames.get(i).rgb());
        }
      }
    }
  }

  @Test
  void shouldGiveTierProbabilitiesWhenThereIsAPerceiver() throws IOException {
    Path saved = dir.resolve("tiers");
    // The mean colour of the frame as it came in: a pad of zeros would darken it.
    SavedModelExport.write(
        saved, bundle(NAFNET), (tf, images) -> tf.math.mean(images, tf.constant(new int[] {1, 2})));
    byte[] rgb = new byte[3 * 5 * 7];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i % 3 == 0 ? 255 : i % 3 == 1 ? 51 : 0);
    }
    try (SavedModelBundle loaded = SavedModelBundle.load(saved.toString(), "serve");
        TUint8 input = TUint8.tensorOf(Shape.of(1, 7, 5, 3), DataBuffers.of(rgb));
        Result result = loaded.call(Map.of(SavedModelExport.IMAGES, input))) {
      float[] tiers = new float[3];
      result.get(SavedModelExport.TIERS).orElseThrow().asRawTensor().data().asFloats().read(tiers);
      assertThat(tiers).usingComparatorWithPrecision(1e-6f).containsExactly(1f, 0.2f, 0f);
    }
  }

  @Test
  void shouldReplaceAnEarlierExportAndNothingElse() throws IOException {
    ModelBundle bundle = bundle(NAFNET);
    Path saved = dir.resolve("export");
    SavedModelExport.write(saved, bundle, null);
    byte[] first = Files.readAllBytes(saved.resolve("saved_model.pb"));
    SavedModelExport.write(saved, bundle, null);
    assertThat(Files.readAllBytes(saved.resolve("saved_model.pb"))).hasSameSizeAs(first);

    Files.writeString(saved.resolve("notes.txt"), "mine", StandardCharsets.UTF_8);
    assertThatThrownBy(() -> SavedModelExport.write(saved, bundle, null))
        .isInstanceOf(ExportException.class)
        .hasMessageContaining("notes.txt");
    Path foreign = dir.resolve("foreign");
    Files.createDirectory(foreign);
    Files.write(foreign.resolve("saved_model.pb"), new byte[1]);
    assertThatThrownBy(() -> SavedModelExport.write(foreign, bundle, null))
        .isInstanceOf(ExportException.class)
        .hasMessageContaining("another SavedModel");
    Path file = dir.resolve("weights.bin");
    Files.write(file, new byte[9]);
    assertThatThrownBy(() -> SafeTensorsExport.write(file, bundle))
        .isInstanceOf(ExportException.class)
        .hasMessageContaining("no earlier export");
    assertThat(Files.readAllBytes(file)).hasSize(9);
    try (var left = Files.list(dir)) {
      assertThat(left.map(p -> String.valueOf(p.getFileName())))
          .containsExactlyInAnyOrder("export", "foreign", "weights.bin", NAFNET.name());
    }
  }

  @Test
  void shouldCarryTheFrozenEncoderInTheSavedModel() throws IOException {
    ModelBundle bundle =
        ModelBundle.write(
            dir.resolve("guided"),
            "guided",
            "1",
            TinyGuidance.PRESET,
            TinyGuidance.networkWeights(),
            TinyGuidance.encoder(FrozenEncoder.DINOV2),
            JsonNodeFactory.instance.objectNode());

    assertSameBytes(bundle, new int[][] {{16, 16}, {33, 18}, {3, 70}});
  }

  @ParameterizedTest
  @MethodSource("presets")
  void shouldLoadBackBitForBitWhenWeightsAreExportedAsSafetensors(Preset preset)
      throws IOException {
    ModelBundle bundle = bundle(preset);
    Path file = dir.resolve("out").resolve("weights.safetensors");
    SafeTensorsExport.write(file, bundle);
    SafeTensorsExport.write(file, bundle);

    SafeTensors read = SafeTensors.read(file);
    assertSameBits(read.allFloats(), bundle.weights());
    assertThat(read.metadata())
        .containsEntry("format", "pt")
        .containsEntry("perceive.name", bundle.name())
        .containsEntry("perceive.version", bundle.version());
    String json = read.metadata().getOrDefault("perceive.preset", "");
    assertThat(Preset.fromJson(new ObjectMapper().readTree(json))).isEqualTo(preset);
    try (GraphRun g = new GraphRun()) {
      build(g, preset);
      try (Session session = new Session(g.graph())) {
        g.params.assign(session, read.allFloats());
        assertSameBits(g.params.fetch(session), bundle.weights());
      }
    }
  }

  private static void assertSameBits(
      Map<String, FloatTensor> found, Map<String, FloatTensor> expected) {
    assertThat(found.keySet()).containsExactlyInAnyOrderElementsOf(expected.keySet());
    found.forEach(
        (name, tensor) -> {
          FloatTensor other = java.util.Objects.requireNonNull(expected.get(name));
          assertThat(tensor.shape()).as(name).isEqualTo(other.shape());
          for (int i = 0; i < tensor.values().length; i++) {
            if (Float.floatToRawIntBits(tensor.values()[i])
                != Float.floatToRawIntBits(other.values()[i])) {
              throw new AssertionError(name + "[" + i + "] differs");
            }
          }
        });
  }

  private static List<RgbImage> call(SavedModelBundle loaded, List<RgbImage> frames) {
    int width = frames.get(0).width();
    int height = frames.get(0).height();
    int bytes = 3 * width * height;
    byte[] batch = new byte[bytes * frames.size()];
    for (int i = 0; i < frames.size(); i++) {
      System.arraycopy(frames.get(i).rgb(), 0, batch, i * bytes, bytes);
    }
    Shape shape = Shape.of(frames.size(), height, width, 3);
    byte[] output = new byte[batch.length];
    try (TUint8 input = TUint8.tensorOf(shape, DataBuffers.of(batch));
        Result result =
            loaded
                .function(SavedModelExport.SIGNATURE)
                .call(Map.of(SavedModelExport.IMAGES, input))) {
      var restored = result.get(SavedModelExport.RESTORED).orElseThrow();
      assertThat(restored.shape()).isEqualTo(shape);
      restored.asRawTensor().data().read(output);
    }
    List<RgbImage> images = new ArrayList<>();
    for (int i = 0; i < frames.size(); i++) {
      byte[] rgb = new byte[bytes];
      System.arraycopy(output, i * bytes, rgb, 0, bytes);
      images.add(RgbImage.wrap(width, height, rgb));
    }
    return images;
  }

  private static RgbImage noise(int width, int height, long seed) {
    byte[] rgb = new byte[3 * width * height];
    new Random(seed).nextBytes(rgb);
    return RgbImage.wrap(width, height, rgb);
  }

  private static void build(GraphRun g, Preset preset) {
    PerceiveIrNetwork.build(g.tf, g.params, preset)
        .restore(g.feed(new FloatTensor(new long[] {1, 16, 16, 3}, new float[768])));
  }

  /** Initial weights with every scale, gain and bias off its start, so that all of them count. */
  private static Map<String, FloatTensor> weights(Preset preset) {
    try (GraphRun g = new GraphRun()) {
      build(g, preset);
      Map<String, FloatTensor> weights = new LinkedHashMap<>();
      g.params
          .initialValues(5)
          .forEach(
              (name, tensor) -> {
                float[] values = tensor.values();
                float[] noise = HashWeights.uniform(name, values.length, -0.1, 0.1);
                for (int i = 0; i < values.length; i++) {
                  values[i] += noise[i];
                }
                weights.put(name, tensor);
              });
      return weights;
    }
  }

  private ModelBundle bundle(Preset preset) throws IOException {
    return bundle(preset, weights(preset));
  }

  private ModelBundle bundle(Preset preset, Map<String, FloatTensor> weights) throws IOException {
    return ModelBundle.write(
        dir.resolve(preset.name()),
        preset.name(),
        "1",
        preset,
        weights,
        JsonNodeFactory.instance.objectNode());
  }
}
