package org.perceiveir.model.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.model.golden.Goldens;
import org.perceiveir.model.golden.GraphRun;
import org.perceiveir.model.nn.Param;
import org.perceiveir.model.preset.Backbone;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * The assembled network against an independent second implementation of our reading of the paper.
 */
class PerceiveIrParityTest {
  private static final double FORWARD = 1e-4;
  private static final double GRADIENT = 1e-5;

  private static Preset tiny(
      boolean perBlock, Preset.Projection projection, boolean selfAttention) {
    return new Preset(
        "tiny",
        new Backbone.Restormer(8, List.of(1, 1, 1, 2), 1, List.of(1, 2, 4, 8), 2.66, false),
        new Preset.Cfe(List.of(8, 8), 1, 6),
        new Preset.Sgm("golden", 12),
        new Preset.Pgm(perBlock, projection),
        new Preset.Pgca(selfAttention));
  }

  @ParameterizedTest
  @CsvSource({
    "recommended, true, LINEAR, true, 316618",
    "per_level_linear_conv1x1_cross_only, false, CONV1X1, false, 281203"
  })
  void shouldMatchForwardAndGradientsWhenWeightsAreEqual(
      String file, boolean perBlock, Preset.Projection projection, boolean self, long count)
      throws IOException {
    SafeTensors weights = Goldens.tensors("perceive_ir_assembled/" + file + "_weights.safetensors");
    SafeTensors io = Goldens.tensors("perceive_ir_assembled/" + file + "_io.safetensors");
    SafeTensors expected = Goldens.tensors("perceive_ir_assembled/" + file + "_grads.safetensors");
    try (GraphRun g = new GraphRun()) {
      PerceiveIrNetwork network =
          PerceiveIrNetwork.build(g.tf, g.params, tiny(perBlock, projection, self));
      Operand<TFloat32> x = g.feedNchw(io.floats("x"));
      Operand<TFloat32> target = g.feedNchw(io.floats("target"));
      List<Operand<TFloat32>> semantic = new ArrayList<>();
      for (int l = 1; l <= 4; l++) {
        semantic.add(g.feed(io.floats("F" + l)));
      }
      Operand<TFloat32> z = network.features(x);
      Operand<TFloat32> y = network.restore(x, z, semantic);
      assertThat(g.params.count()).isEqualTo(count);
      Operand<TFloat32> loss =
          g.tf.math.mean(g.tf.math.abs(g.tf.math.sub(y, target)), g.tf.array(0, 1, 2, 3));
      List<Operand<TFloat32>> fetches = new ArrayList<>(List.of(y, z, loss));
      fetches.addAll(g.gradients(loss, semantic));
      fetches.addAll(g.paramGradients(loss));
      List<FloatTensor> found = g.run(weights.allFloats(), fetches);
      assertThat(GraphRun.maxDifference(found.get(1), io.floats("z"))).as("z").isLessThan(FORWARD);
      assertThat(GraphRun.maxDifference(GraphRun.toNchw(found.get(0)), io.floats("y")))
          .as("y")
          .isLessThan(FORWARD);
      assertThat(GraphRun.maxDifference(found.get(2), io.floats("loss"))).isLessThan(GRADIENT);
      for (int l = 1; l <= 4; l++) {
        assertThat(GraphRun.maxDifference(found.get(2 + l), io.floats("grad_F" + l)))
            .as("gradient of F" + l)
            .isLessThan(GRADIENT);
      }
      for (int i = 0; i < g.params.params().size(); i++) {
        Param p = g.params.params().get(i);
        assertThat(
                GraphRun.maxDifference(
                    p.toTorch(found.get(7 + i).values()), expected.floats(p.name()).values()))
            .as(p.name())
            .isLessThan(GRADIENT);
      }
    }
  }

  @Test
  void shouldCountThePapersParametersWhenThePresetIsPaper() {
    assertThat(parameters(Preset.named("paper"))).isEqualTo(41_684_828);
  }

  @Test
  void shouldComeWithinOnePerCentOfThePapersCountWhenThePresetIsPaperNafnet() {
    long count = parameters(Preset.named("paper-nafnet"));
    assertThat(count).isEqualTo(21_869_921);
    assertThat(count).isBetween(21_730_000L * 99 / 100, 21_730_000L * 101 / 100);
  }

  @Test
  void shouldRefuseToRestoreWhenTheSemanticEncoderIsNotThere() {
    try (GraphRun g = new GraphRun()) {
      Operand<TFloat32> x = g.feed(new FloatTensor(new long[] {1, 8, 8, 3}, new float[192]));
      PerceiveIrNetwork network =
          PerceiveIrNetwork.build(g.tf, g.params, tiny(true, Preset.Projection.LINEAR, true));
      assertThatThrownBy(() -> network.restore(x))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("--without sgm");
    }
  }

  private static long parameters(Preset preset) {
    try (GraphRun g = new GraphRun()) {
      PerceiveIrNetwork network = PerceiveIrNetwork.build(g.tf, g.params, preset);
      Operand<TFloat32> x =
          g.feed(new FloatTensor(new long[] {1, 16, 16, 3}, new float[16 * 16 * 3]));
      List<Operand<TFloat32>> semantic = new ArrayList<>();
      Preset.Sgm sgm = preset.sgm();
      if (sgm != null) {
        for (int l = 0; l < 4; l++) {
          semantic.add(
              g.feed(new FloatTensor(new long[] {1, sgm.features()}, new float[sgm.features()])));
        }
      }
      Operand<TFloat32> restored =
          network.restore(x, preset.cfe() == null ? null : network.features(x), semantic);
      assertThat(restored.shape().asArray()).isEqualTo(new long[] {1, 16, 16, 3});
      return g.params.count();
    }
  }
}
