package org.perceiveir.model.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.perceiveir.model.nn.Layers;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.preset.Backbone;
import org.perceiveir.model.preset.Preset;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** Counts against counts by hand and against published figures. */
final class NetworkCostTest {

  private static Preset plain(Backbone backbone) {
    return new Preset("plain", backbone, null, null, null, null);
  }

  @Test
  void shouldCountWhatAHandCountsWhenTheNetworkIsASmallNafNet() {
    NetworkCost cost =
        NetworkCost.of(plain(new Backbone.NafNet(4, List.of(1), 0, List.of(0))), 8, 8);

    long pixels = 8 * 8;
    long intro = pixels * 9 * 3 * 4;
    // 1x1 4 -> 8, depthwise 3x3 on 8, 1x1 4 -> 4 on one pixel, 1x1 4 -> 4, 1x1 4 -> 8, 1x1 4 -> 4
    long block = pixels * (4 * 8 + 9 * 8 + 4 * 4 + 4 * 8 + 4 * 4) + 4 * 4;
    long down = 4 * 4 * (2 * 2 * 4 * 8);
    long up = 4 * 4 * (8 * 16);
    long ending = pixels * 9 * 4 * 3;
    assertThat(cost.modules())
        .extracting(ModuleCost::stage, ModuleCost::part, ModuleCost::macs)
        .containsExactlyInAnyOrder(
            tuple("extraction", "convolution", intro),
            tuple("encoder 1", "NAFNet block", block),
            tuple("encoder 1", "resampling", down),
            tuple("decoder 1", "resampling", up),
            tuple("reconstruction", "convolution", ending));
    assertThat(cost.total().macs()).isEqualTo(intro + block + down + up + ending);
    assertThat(cost.total().parameters())
        .isEqualTo(
            (3 * 4 * 9 + 4)
                + (8 + 40 + 80 + 20 + 20 + 4 + 8 + 40 + 20 + 4)
                + (2 * 2 * 4 * 8 + 8)
                + 8 * 16
                + (4 * 3 * 9 + 3));
  }

  @Test
  void shouldCountAttentionWhenTheNetworkIsASmallRestormer() {
    NetworkCost cost =
        NetworkCost.of(
            plain(
                new Backbone.Restormer(
                    4, List.of(1, 0, 0, 0), 0, List.of(2, 2, 2, 2), 2.66, false)),
            8,
            16);

    long pixels = 8 * 16;
    // q, k, v by 1x1 and depthwise 3x3; per head 2x2 sums over pixels, twice; 1x1 out
    long mdta = pixels * (4 * 12 + 9 * 12 + 2 * (2 * 2 * 2) + 4 * 4);
    // hidden width 10, twice
    long gdfn = pixels * (4 * 20 + 9 * 20 + 10 * 4);
    assertThat(part(cost, "encoder 1", "MDTA").macs()).isEqualTo(mdta);
    assertThat(part(cost, "encoder 1", "GDFN").macs()).isEqualTo(gdfn);
    assertThat(part(cost, "encoder 1", "MDTA").parameters())
        .isEqualTo(4 + 4 + 4 * 12 + 9 * 12 + 2 + 4 * 4);
  }

  private static ModuleCost part(NetworkCost cost, String stage, String part) {
    return cost.modules().stream()
        .filter(m -> m.stage().equals(stage) && m.part().equals(part))
        .findFirst()
        .orElseThrow();
  }

  /**
   * Backward through {@code conv(leakyRelu(conv(x)))} needs x and the activation for the kernels,
   * and what went into the activation for its slope.
   */
  @Test
  void shouldCountTheTensorsThatTheBackwardPassReads() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      ParamStore params = new ParamStore(tf);
      Layers layers = new Layers(tf, params);
      Operand<TFloat32> x = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(1, 8, 8, 3)));
      Operand<TFloat32> hidden = layers.leakyRelu(layers.conv("intro.a", x, 3, 4, 3, false));
      Operand<TFloat32> y = layers.conv("ending.b", hidden, 4, 3, 3, false);
      CountedGraph counted =
          new CountedGraph(
              graph,
              params,
              y,
              name -> new ModuleNames.Module(name.substring(0, name.indexOf('.')), "part"));

      long pixelBytes = 8 * 8 * 4;
      // x has no parameter in front of it: it belongs to whoever takes it.
      assertThat(counted.keptBytes())
          .isEqualTo(Map.of(new ModuleNames.Module("intro", "part"), pixelBytes * (3 + 4 + 4)));
      // The first convolution: 3 + 4 channels; the activation: 4 + 4; the second: 4 + 3.
      assertThat(counted.inferencePeakBytes()).isEqualTo(pixelBytes * 8);
    }
  }

  /**
   * Restormer (Zamir et al. 2022): 26.13 M parameters and 140.99 G. Its authors' tool counts
   * modules and so leaves out the two matrix products of each attention.
   */
  @Test
  void shouldComeNearThePublishedFiguresOfRestormer() {
    NetworkCost cost =
        NetworkCost.of(
            plain(
                new Backbone.Restormer(
                    48, List.of(4, 6, 6, 8), 4, List.of(1, 2, 4, 8), 2.66, false)),
            256,
            256);

    assertThat(cost.total().parameters() / 1e6).isCloseTo(26.13, within(0.005));
    long attention = 0;
    int[] blocks = {4, 12, 12, 8};
    for (int l = 0; l < 4; l++) {
      attention += blocks[l] * attentionProducts(48L << l, 1L << l, 65536L >> (2 * l));
    }
    attention += 8 * attentionProducts(96, 1, 65536); // decoder level 1 and refinement
    assertThat((cost.total().macs() - attention) / 1e9).isCloseTo(140.99, within(0.005));
    assertThat(attention / 1e9).isCloseTo(13.89, within(0.005));
  }

  private static long attentionProducts(long channels, long heads, long pixels) {
    return 2 * channels * (channels / heads) * pixels;
  }

  /** NAFNet of width 32 (Chen et al. 2022): 17.11 M parameters, "16 GMACs" at 256x256. */
  @Test
  void shouldComeNearThePublishedFiguresOfNafNet() {
    NetworkCost cost =
        NetworkCost.of(
            plain(new Backbone.NafNet(32, List.of(1, 1, 1, 28), 1, List.of(1, 1, 1, 1))), 256, 256);

    assertThat(cost.total().parameters()).isEqualTo(17_111_907);
    assertThat(cost.total().macs() / 1e9).isCloseTo(16, within(0.05));
  }

  @Test
  void shouldPlaceEveryParameterOfTheShippedPresets() {
    for (String name : Preset.shipped()) {
      Preset preset = Preset.named(name);
      NetworkCost cost = NetworkCost.of(preset, 16, 16);
      ModuleCost total = cost.total();
      assertThat(total.parameters()).as(name).isPositive();
      assertThat(cost.byStage().stream().mapToLong(ModuleCost::macs).sum()).isEqualTo(total.macs());
      assertThat(cost.byPart().stream().mapToLong(ModuleCost::parameters).sum())
          .isEqualTo(total.parameters());
      assertThat(cost.encoder() == null).isEqualTo(preset.sgm() == null);
      assertThat(cost.modules())
          .allSatisfy(m -> assertThat(m.parameters()).as(m.stage() + m.part()).isPositive());
    }
  }

  /** A ViT's formula: patches, then joint projection, attention, output and MLP of each block. */
  @Test
  void shouldCountTheFrozenEncoderBesideTheNetwork() {
    Preset preset = Preset.named("paper-nafnet");
    NetworkCost.EncoderCost encoder =
        Objects.requireNonNull(NetworkCost.of(preset, 640, 352).encoder());

    assertThat(encoder.parameters()).isEqualTo(86_580_480);
    long tokens = 1 + 16 * 16;
    long width = 768;
    long block = tokens * width * (3 * width + width + 8 * width) + 2 * tokens * tokens * width;
    long patches = 256 * 588 * width;
    // The position table from 37x37 to 16x16, and the frame to 224x224, rows before columns.
    long positions = width * (16 * 37 * 37 + 16 * 16 * 37);
    long resized = 3L * 224 * (640 * 352 + 224 * 640);
    assertThat(encoder.macs()).isEqualTo(12 * block + patches + positions + resized);
    // 257 tokens of 768 float32, several of them alive at once: megabytes, not the frame's.
    assertThat(encoder.inferencePeakBytes()).isBetween(4L << 20, 16L << 20);
  }

  @Test
  void shouldLeaveOutAnEncoderWhoseSizesAreNotKnown() {
    Preset preset =
        new Preset(
            "guided",
            new Backbone.NafNet(4, List.of(1), 1, List.of(1)),
            null,
            new Preset.Sgm("somebody's", 8),
            new Preset.Pgm(true, Preset.Projection.LINEAR),
            null);

    assertThat(NetworkCost.of(preset, 16, 16).encoder()).isNull();
  }

  @Test
  void shouldPadTheFrameAsTheNetworkDoes() {
    Preset preset = plain(new Backbone.NafNet(4, List.of(1, 1), 0, List.of(0, 0)));
    NetworkCost cost = NetworkCost.of(preset, 9, 1);
    assertThat(cost.width()).isEqualTo(12);
    assertThat(cost.height()).isEqualTo(4);
    assertThatThrownBy(() -> NetworkCost.of(preset, 0, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0x4");
  }
}
