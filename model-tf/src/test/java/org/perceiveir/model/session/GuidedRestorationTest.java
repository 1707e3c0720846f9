package org.perceiveir.model.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.tile.TileGrid;
import org.perceiveir.model.bundle.FrozenEncoder;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.golden.GraphRun;
import org.perceiveir.model.network.PerceiveIrNetwork;
import org.perceiveir.model.nn.WeightMismatchException;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.preset.PresetException;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.scope.NativeScope;
import org.perceiveir.model.semantic.SemanticGuidance;
import org.perceiveir.model.semantic.TinyGuidance;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * Frames that are guided by a frozen encoder. The features are of the whole frame without its
 * padding: tiles with features of their own differ in tone, and an encoder that sees mirrored edges
 * sees another scene.
 */
final class GuidedRestorationTest {
  private static final Preset GUIDED = TinyGuidance.PRESET;

  private static final SessionOptions OPTIONS = SessionOptions.defaults().withDevice("cpu");

  @TempDir Path dir;

  private ModelBundle bundle(Preset preset, FrozenEncoder encoder) throws IOException {
    return ModelBundle.write(
        dir.resolve("bundle"),
        "guided",
        "1",
        preset,
        TinyGuidance.networkWeights(),
        encoder,
        JsonNodeFactory.instance.objectNode());
  }

  private static RgbImage picture(int width, int height, long seed) {
    byte[] pixels = new byte[3 * width * height];
    Random random = new Random(seed);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (random.nextInt(60) + 150 * (i / 3 % width) / width);
    }
    return RgbImage.wrap(width, height, pixels);
  }

  private static FloatTensor unit(RgbImage image) {
    byte[] bytes = image.rgb();
    float[] values = new float[bytes.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (bytes[i] & 0xff) / 255f;
    }
    return new FloatTensor(new long[] {1, image.height(), image.width(), 3}, values);
  }

  /** One pass with Z of {@code zOf} and F_l of {@code wholeFrame}, put together by hand. */
  private static RgbImage byHand(
      FrozenEncoder encoder, RgbImage wholeFrame, RgbImage piece, @Nullable List<RgbImage> zOf) {
    try (GraphRun g = new GraphRun()) {
      SemanticGuidance guidance =
          SemanticGuidance.of(g.tf, g.params, Objects.requireNonNull(GUIDED.sgm()), encoder);
      List<Operand<TFloat32>> features = guidance.features(g.feed(unit(wholeFrame)));
      PerceiveIrNetwork network = PerceiveIrNetwork.build(g.tf, g.params, GUIDED);
      Operand<TFloat32> image = g.feed(unit(padded(piece)));
      Operand<TFloat32> z;
      if (zOf == null) {
        z = network.features(image);
      } else {
        // All pieces have one area, so the whole frame's mean is the plain mean of theirs.
        Operand<TFloat32> sum = network.poolFeatures(g.feed(unit(zOf.get(0))));
        for (RgbImage other : zOf.subList(1, zOf.size())) {
          sum = g.tf.math.add(sum, network.poolFeatures(g.feed(unit(other))));
        }
        z = network.projectFeatures(g.tf.math.div(sum, g.tf.constant((float) zOf.size())));
      }
      Map<String, FloatTensor> weights = new LinkedHashMap<>(TinyGuidance.networkWeights());
      weights.putAll(encoder.weights());
      FloatTensor y = g.run(weights, List.of(network.restore(image, z, features))).get(0);
      int paddedWidth = Padding.up(piece.width(), 2);
      byte[] bytes = new byte[3 * piece.width() * piece.height()];
      for (int row = 0; row < piece.height(); row++) {
        for (int i = 0; i < 3 * piece.width(); i++) {
          float v = y.values()[row * 3 * paddedWidth + i];
          bytes[row * 3 * piece.width() + i] =
              (byte) (int) (Math.min(1, Math.max(0, v)) * 255 + 0.5);
        }
      }
      return RgbImage.wrap(piece.width(), piece.height(), bytes);
    }
  }

  private static RgbImage padded(RgbImage frame) {
    int width = Padding.up(frame.width(), 2);
    int height = Padding.up(frame.height(), 2);
    byte[] bytes = new byte[3 * width * height];
    Padding.of(GUIDED.backbone()).pad(frame, width, height, bytes, 0);
    return RgbImage.wrap(width, height, bytes);
  }

  private static int largestDifference(RgbImage a, RgbImage b) {
    int largest = 0;
    byte[] pa = a.rgb();
    byte[] pb = b.rgb();
    for (int i = 0; i < pa.length; i++) {
      largest = Math.max(largest, Math.abs((pa[i] & 0xff) - (pb[i] & 0xff)));
    }
    return largest;
  }

  @ParameterizedTest
  @ValueSource(strings = {FrozenEncoder.CLIP, FrozenEncoder.DINOV2})
  void shouldGuideByTheFrameWithoutItsPadding(String kind) throws IOException {
    FrozenEncoder encoder = TinyGuidance.encoder(kind);
    RgbImage frame = picture(23, 17, 1);
    try (RestorationSession session = RestorationSession.open(bundle(GUIDED, encoder), OPTIONS)) {

      RgbImage restored = session.restore(frame);

      assertThat(largestDifference(restored, byHand(encoder, frame, frame, null)))
          .isLessThanOrEqualTo(1);
      // The same network led by another picture: guidance is no decoration here.
      assertThat(largestDifference(restored, byHand(encoder, picture(23, 17, 2), frame, null)))
          .isGreaterThan(3);
    }
  }

  @Test
  void shouldGiveEveryFrameOfABatchItsOwnGuidance() throws IOException {
    FrozenEncoder encoder = TinyGuidance.encoder(FrozenEncoder.DINOV2);
    List<RgbImage> frames = List.of(picture(20, 12, 1), picture(20, 12, 2), picture(20, 12, 3));
    try (RestorationSession session = RestorationSession.open(bundle(GUIDED, encoder), OPTIONS)) {

      List<RgbImage> together = session.restore(frames);

      for (int i = 0; i < frames.size(); i++) {
        assertThat(largestDifference(together.get(i), session.restore(frames.get(i))))
            .isLessThanOrEqualTo(1);
      }
    }
  }

  @Test
  void shouldShareTheWholeFramesFeaturesAmongItsTiles() throws IOException {
    FrozenEncoder encoder = TinyGuidance.encoder(FrozenEncoder.DINOV2);
    RgbImage frame = picture(240, 32, 1);
    SessionOptions options = OPTIONS.withTiles(128, 16);
    TileGrid grid = TileGrid.of(240, 32, 128, 16);
    List<RgbImage> pieces = grid.cut(frame);
    assertThat(pieces).hasSize(2);
    try (RestorationSession session = RestorationSession.open(bundle(GUIDED, encoder), options)) {

      RgbImage restored = session.restore(frame);

      List<RgbImage> shared = new ArrayList<>();
      List<RgbImage> alone = new ArrayList<>();
      for (RgbImage piece : pieces) {
        shared.add(byHand(encoder, frame, piece, pieces));
        alone.add(byHand(encoder, piece, piece, null));
      }
      assertThat(largestDifference(restored, grid.join(shared))).isLessThanOrEqualTo(1);
      assertThat(largestDifference(restored, grid.join(alone))).isGreaterThan(3);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldTakeTheFinalNormOnlyWhenThePresetAsksForIt(boolean finalNorm) throws IOException {
    FrozenEncoder encoder = TinyGuidance.encoder(FrozenEncoder.DINOV2);
    Preset.Sgm sgm = Objects.requireNonNull(GUIDED.sgm());
    Preset preset =
        new Preset(
            "guided",
            GUIDED.backbone(),
            GUIDED.cfe(),
            new Preset.Sgm("tiny", sgm.features(), sgm.size(), sgm.blocks(), finalNorm),
            GUIDED.pgm(),
            null);
    RgbImage frame = picture(23, 17, 1);
    try (RestorationSession session = RestorationSession.open(bundle(preset, encoder), OPTIONS)) {
      int difference =
          largestDifference(session.restore(frame), byHand(encoder, frame, frame, null));
      if (finalNorm) {
        assertThat(difference).isGreaterThan(3);
      } else {
        assertThat(difference).isLessThanOrEqualTo(1);
      }
    }
  }

  /**
   * The session is open and the network's own weights are loaded when the encoder's are refused.
   */
  @Test
  void shouldFreeGraphAndSessionWhenOpeningFailsMidway() throws IOException {
    FrozenEncoder whole = TinyGuidance.encoder(FrozenEncoder.DINOV2);
    Map<String, FloatTensor> weights = new LinkedHashMap<>(whole.weights());
    weights.remove(weights.keySet().iterator().next());
    FrozenEncoder torn = new FrozenEncoder(whole.kind(), whole.config(), whole.source(), weights);
    ModelBundle bundle = bundle(GUIDED, torn);
    int before = NativeScope.openResources();

    assertThatThrownBy(() -> RestorationSession.open(bundle, OPTIONS))
        .isInstanceOf(WeightMismatchException.class);

    assertThat(NativeScope.openResources()).isEqualTo(before);
  }

  /** The network would take the features of any encoder of the right width. */
  @Test
  void shouldRefuseAnEncoderOfAnotherKindThanThePresetNames() throws IOException {
    Preset.Sgm sgm = Objects.requireNonNull(GUIDED.sgm());
    Preset preset =
        new Preset(
            "guided",
            GUIDED.backbone(),
            GUIDED.cfe(),
            new Preset.Sgm("dinov2-vitb14", sgm.features(), sgm.size(), sgm.blocks()),
            GUIDED.pgm(),
            null);
    ModelBundle bundle = bundle(preset, TinyGuidance.encoder(FrozenEncoder.CLIP));

    assertThatThrownBy(() -> RestorationSession.open(bundle, OPTIONS))
        .isInstanceOf(PresetException.class)
        .hasMessageContaining("preset.sgm.encoder is dinov2-vitb14")
        .hasMessageContaining("clip encoder from a test");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "dinov2|9|16|4|preset.sgm.features is 9: the tokens of the encoder tiny have 8",
        "dinov2|8|18|4|preset.sgm.size is 18: it must be a multiple of 4, the patch",
        "dinov2|8|16|5|preset.sgm.blocks is [1, 2, 3, 5]: the encoder tiny has 4 blocks",
        "clip|8|32|4|preset.sgm.size is 32: the encoder tiny takes images of 16 pixels only",
      })
  void shouldRefuseToOpenWhenTheEncoderDoesNotFitThePreset(
      String kind, int features, int size, int lastBlock, String message) throws IOException {
    Preset wrong =
        new Preset(
            "guided",
            GUIDED.backbone(),
            GUIDED.cfe(),
            new Preset.Sgm("tiny", features, size, List.of(1, 2, 3, lastBlock)),
            GUIDED.pgm(),
            null);
    ModelBundle bundle = bundle(wrong, TinyGuidance.encoder(kind));

    assertThatThrownBy(() -> RestorationSession.open(bundle, OPTIONS))
        .isInstanceOf(PresetException.class)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
