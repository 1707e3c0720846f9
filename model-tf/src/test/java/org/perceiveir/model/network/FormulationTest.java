package org.perceiveir.model.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.model.golden.GraphRun;
import org.perceiveir.model.golden.HashWeights;
import org.perceiveir.model.nn.Formulation;
import org.perceiveir.model.nn.Param;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.nn.Rewrite;
import org.perceiveir.model.nn.WeightMismatchException;
import org.perceiveir.model.preset.Backbone;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.safetensors.FloatTensor;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** A rewrite is worth nothing unless it computes the same function of the same parameters. */
class FormulationTest {
  private static final double PARITY = 1e-4;
  private static final long[] IMAGES = {2, 16, 32, 3};
  private static final int PIXELS = 2 * 16 * 32 * 3;
  private static final Backbone RESTORMER =
      new Backbone.Restormer(8, List.of(1, 1, 1, 1), 1, List.of(1, 2, 4, 8), 2.66, false);
  private static final Backbone BIAS_FREE =
      new Backbone.Restormer(8, List.of(1, 1, 1, 1), 1, List.of(1, 2, 4, 8), 2.66, true);
  private static final Backbone NAFNET = new Backbone.NafNet(16, List.of(1, 2), 1, List.of(1, 1));
  private static final Backbone FOLDED =
      new Backbone.NafNet(16, 2, List.of(1, 2), 1, List.of(1, 1));

  private static Preset plain(Backbone backbone) {
    return new Preset("plain", backbone, null, null, null, null);
  }

  private static Preset guided(Backbone backbone, Preset.Projection projection, boolean self) {
    return new Preset(
        "guided",
        backbone,
        new Preset.Cfe(List.of(8, 8), 2, 6),
        null,
        new Preset.Pgm(self, projection),
        new Preset.Pgca(self));
  }

  static Stream<Arguments> shouldRestoreTheSameWhenOneRewriteIsMade() {
    List<Arguments> cases = new ArrayList<>();
    for (Rewrite rewrite : Rewrite.values()) {
      for (Preset preset :
          List.of(
              plain(BIAS_FREE),
              guided(RESTORMER, Preset.Projection.LINEAR, true),
              guided(NAFNET, Preset.Projection.DEPTHWISE3X3, false))) {
        cases.add(Arguments.of(rewrite, preset));
      }
    }
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource
  void shouldRestoreTheSameWhenOneRewriteIsMade(Rewrite rewrite, Preset preset) {
    assertThat(difference(preset, new Formulation(Set.of(rewrite)), false)).isLessThan(PARITY);
  }

  static Stream<Preset> shouldRestoreTheSameWhenTheGraphIsTheOneForInference() {
    return Stream.of(
        plain(RESTORMER),
        plain(BIAS_FREE),
        plain(NAFNET),
        guided(FOLDED, Preset.Projection.LINEAR, true),
        guided(RESTORMER, Preset.Projection.CONV1X1, true),
        guided(NAFNET, Preset.Projection.DEPTHWISE3X3, false),
        Preset.named("compact"));
  }

  @ParameterizedTest
  @MethodSource
  void shouldRestoreTheSameWhenTheGraphIsTheOneForInference(Preset preset) {
    assertThat(difference(preset, Formulation.INFERENCE, true)).isLessThan(PARITY);
    assertThat(difference(preset, Formulation.INFERENCE, false)).isLessThan(PARITY);
    assertThat(difference(preset, Formulation.PLAIN, true)).isLessThan(PARITY);
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 12})
  void shouldExtractTheSameFeaturesWhenSquaresAreConvolvedWithAStride(int channels) {
    // Twelve channels are those of a square of 2x2 pixels: the shortcut then has no weights.
    Preset preset =
        new Preset(
            "features",
            NAFNET,
            new Preset.Cfe(List.of(channels, 8), 2, 6),
            null,
            new Preset.Pgm(true, Preset.Projection.LINEAR),
            null);
    Map<String, FloatTensor> weights = weights(preset);
    try (GraphRun g = new GraphRun()) {
      float[] pixels = HashWeights.uniform("images", PIXELS, 0, 1);
      Operand<TFloat32> x = g.feed(new FloatTensor(IMAGES, pixels));
      List<Operand<TFloat32>> z = new ArrayList<>();
      for (Formulation formulation :
          List.of(Formulation.PLAIN, new Formulation(Set.of(Rewrite.STRIDED_FEATURES)))) {
        PerceiveIrNetwork network = PerceiveIrNetwork.build(g.tf, g.params, preset, formulation);
        network.restore(x);
        z.add(network.features(x));
      }
      List<FloatTensor> found = g.run(weights, z);
      assertThat(GraphRun.maxDifference(found.get(0), found.get(1))).isLessThan(1e-6);
      // Neither image's features may be those of the other, else any order of pixels would do.
      float[] values = found.get(0).values();
      assertThat(
              GraphRun.maxDifference(Arrays.copyOf(values, 6), Arrays.copyOfRange(values, 6, 12)))
          .isGreaterThan(1e-4);
    }
  }

  @Test
  void shouldListEveryTensorWhenConstantsDoNotFitTheNetwork() {
    Preset preset = plain(NAFNET);
    Map<String, FloatTensor> weights = weights(preset);
    weights.remove("intro.bias");
    weights.put("ending.bias", new FloatTensor(new long[] {4}, new float[4]));
    weights.put("stranger", new FloatTensor(new long[] {1}, new float[1]));
    try (GraphRun g = new GraphRun()) {
      ParamStore constants = ParamStore.constants(g.tf, weights);
      PerceiveIrNetwork.build(g.tf, constants, preset, Formulation.INFERENCE)
          .restore(g.feed(new FloatTensor(IMAGES, new float[PIXELS])));
      assertThatThrownBy(() -> constants.check(weights))
          .isInstanceOf(WeightMismatchException.class)
          .hasMessageContaining("missing intro.bias [16]")
          .hasMessageContaining("misshaped ending.bias: expected [3], found [4]")
          .hasMessageContaining("unexpected stranger [1]");
      assertThatThrownBy(() -> constants.params().get(0).handle())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("intro.weight is frozen");
    }
  }

  private static double difference(Preset preset, Formulation formulation, boolean constant) {
    Map<String, FloatTensor> weights = weights(preset);
    try (GraphRun g = new GraphRun()) {
      float[] pixels = HashWeights.uniform("images", PIXELS, 0, 1);
      Operand<TFloat32> x = g.feed(new FloatTensor(IMAGES, pixels));
      Operand<TFloat32> plain =
          PerceiveIrNetwork.build(g.tf, g.params, preset, Formulation.PLAIN).restore(x);
      ParamStore other = constant ? ParamStore.constants(g.tf, weights) : g.params;
      Operand<TFloat32> rewritten =
          PerceiveIrNetwork.build(g.tf, other, preset, formulation).restore(x);
      other.check(weights);
      List<FloatTensor> found = g.run(weights, List.of(plain, rewritten));
      float[] residual = new float[pixels.length];
      for (int i = 0; i < residual.length; i++) {
        residual[i] = found.get(0).values()[i] - pixels[i];
        assertThat(Math.abs(found.get(0).values()[i])).isLessThan(10f);
      }
      // A network that adds nothing would agree with any other that adds nothing.
      assertThat(GraphRun.maxDifference(residual, new float[residual.length])).isGreaterThan(0.1);
      return GraphRun.maxDifference(found.get(0), found.get(1));
    }
  }

  /** Initial weights, and none of gains, shifts, scales and biases left at zero or one. */
  private static Map<String, FloatTensor> weights(Preset preset) {
    try (GraphRun g = new GraphRun()) {
      PerceiveIrNetwork.build(g.tf, g.params, preset)
          .restore(g.feed(new FloatTensor(IMAGES, new float[PIXELS])));
      Map<String, FloatTensor> weights = new LinkedHashMap<>(g.params.initialValues(11));
      for (Param p : g.params.params()) {
        float[] values = p.initial(11);
        float[] noise = HashWeights.uniform(p.name(), values.length, -0.3, 0.3);
        if (p.torchShape().length != 4 || p.torchShape()[0] == 1) {
          for (int i = 0; i < values.length; i++) {
            values[i] += noise[i];
          }
        }
        weights.put(p.name(), new FloatTensor(p.torchShape(), values));
      }
      return weights;
    }
  }
}
