package org.perceiveir.model.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.model.golden.Goldens;
import org.perceiveir.model.golden.GraphRun;
import org.perceiveir.model.nn.Layers;
import org.perceiveir.model.nn.Param;
import org.perceiveir.model.nn.RestormerBlocks;
import org.perceiveir.model.preset.Backbone;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.types.TFloat32;

/**
 * The Restormer backbone against numbers of its authors' code: public weights are useless if a
 * detail differs.
 */
class RestormerParityTest {
  private static final double FORWARD = 1e-4;
  private static final double GRADIENT = 1e-5;

  private static Preset tiny(boolean biasFree) {
    return new Preset(
        "tiny",
        new Backbone.Restormer(8, List.of(1, 1, 1, 1), 1, List.of(1, 2, 4, 8), 2.66, biasFree),
        null,
        null,
        null,
        null);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1x3x32x32", "2x3x24x40"})
  void shouldRestoreLikeTheReferenceWhenWeightsAreEqual(String size) throws IOException {
    SafeTensors weights = Goldens.tensors("restormer/tiny_withbias.safetensors");
    FloatTensor in = Goldens.npy("restormer/tiny_in_" + size + ".npy");
    FloatTensor expected = Goldens.npy("restormer/tiny_out_" + size + ".npy");
    try (GraphRun g = new GraphRun()) {
      Operand<TFloat32> y =
          PerceiveIrNetwork.build(g.tf, g.params, tiny(false)).restore(g.feedNchw(in));
      assertThat(g.params.count()).isEqualTo(208_225);
      FloatTensor out = GraphRun.toNchw(g.run(weights.allFloats(), List.of(y)).get(0));
      assertThat(GraphRun.maxDifference(out, expected)).isLessThan(FORWARD);
    }
  }

  @Test
  void shouldRestoreLikeTheReferenceWhenNormsAreBiasFree() throws IOException {
    Map<String, FloatTensor> weights =
        new LinkedHashMap<>(Goldens.tensors("restormer/tiny_withbias.safetensors").allFloats());
    weights.keySet().removeIf(name -> name.endsWith("body.bias"));
    FloatTensor in = Goldens.npy("restormer/tiny_in_1x3x32x32.npy");
    FloatTensor expected = Goldens.npy("restormer/tiny_biasfree_out_1x3x32x32.npy");
    try (GraphRun g = new GraphRun()) {
      Operand<TFloat32> y =
          PerceiveIrNetwork.build(g.tf, g.params, tiny(true)).restore(g.feedNchw(in));
      FloatTensor out = GraphRun.toNchw(g.run(weights, List.of(y)).get(0));
      assertThat(GraphRun.maxDifference(out, expected)).isLessThan(FORWARD);
    }
  }

  @Test
  void shouldHaveTheReferencesGradientsWhenTheLossIsL1() throws IOException {
    SafeTensors weights = Goldens.tensors("restormer/tiny_withbias.safetensors");
    SafeTensors expected = Goldens.tensors("restormer/tiny_l1_grads.safetensors");
    try (GraphRun g = new GraphRun()) {
      Operand<TFloat32> y =
          PerceiveIrNetwork.build(g.tf, g.params, tiny(false))
              .restore(g.feedNchw(Goldens.npy("restormer/tiny_in_1x3x32x32.npy")));
      Operand<TFloat32> target = g.feedNchw(Goldens.npy("restormer/tiny_target_1x3x32x32.npy"));
      Operand<TFloat32> loss =
          g.tf.math.mean(g.tf.math.abs(g.tf.math.sub(y, target)), g.tf.array(0, 1, 2, 3));
      List<Output<TFloat32>> gradients = g.paramGradients(loss);
      List<FloatTensor> found = g.run(weights.allFloats(), gradients);
      for (int i = 0; i < found.size(); i++) {
        Param p = g.params.params().get(i);
        float[] torch = p.toTorch(found.get(i).values());
        assertThat(GraphRun.maxDifference(torch, expected.floats(p.name()).values()))
            .as(p.name())
            .isLessThan(GRADIENT);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "attn_d8_h2",
        "ffn_d8",
        "ln_withbias_d8",
        "ln_biasfree_d8",
        "block_d8_h2",
        "down_d8",
        "up_d8"
      })
  void shouldMatchForwardAndBackwardWhenASubmoduleRunsAlone(String which) throws IOException {
    SafeTensors golden = Goldens.tensors("restormer/submodules.safetensors");
    Map<String, FloatTensor> weights = new LinkedHashMap<>();
    for (String name : golden.names()) {
      if (name.startsWith(which + "/weight/")) {
        weights.put("m." + name.substring((which + "/weight/").length()), golden.floats(name));
      }
    }
    try (GraphRun g = new GraphRun()) {
      Layers layers = new Layers(g.tf, g.params);
      RestormerBlocks blocks = new RestormerBlocks(layers, 2.66, which.contains("biasfree"));
      Operand<TFloat32> x = g.feedNchw(golden.floats(which + "/x"));
      Operand<TFloat32> y =
          switch (which) {
            case "attn_d8_h2" -> blocks.mdta("m", x, 8, 2);
            case "ffn_d8" -> blocks.gdfn("m", x, 8);
            case "ln_withbias_d8", "ln_biasfree_d8" -> blocks.norm("m", x, 8);
            case "block_d8_h2" -> blocks.transformerBlock("m", x, 8, 2);
            case "down_d8" ->
                layers.pixelUnshuffle(layers.conv("m.body.0", x, 8, 4, 3, false), 4, 2);
            default -> layers.convPixelShuffle("m.body.0", x, 8, 4, 3);
          };
      Operand<TFloat32> gy = g.feedNchw(golden.floats(which + "/gy"));
      Operand<TFloat32> loss = g.tf.reduceSum(g.tf.math.mul(y, gy), g.tf.array(0, 1, 2, 3));
      List<Operand<TFloat32>> fetches = new java.util.ArrayList<>();
      fetches.add(y);
      fetches.addAll(g.gradients(loss, List.of(x)));
      fetches.addAll(g.paramGradients(loss));
      List<FloatTensor> found = g.run(weights, fetches);
      assertThat(GraphRun.maxDifference(GraphRun.toNchw(found.get(0)), golden.floats(which + "/y")))
          .isLessThan(FORWARD);
      assertThat(
              GraphRun.maxDifference(GraphRun.toNchw(found.get(1)), golden.floats(which + "/gx")))
          .isLessThan(FORWARD);
      for (int i = 0; i < g.params.params().size(); i++) {
        Param p = g.params.params().get(i);
        assertThat(
                GraphRun.maxDifference(
                    p.toTorch(found.get(2 + i).values()),
                    golden.floats(which + "/grad/" + p.name().substring(2)).values()))
            .as(p.name())
            .isLessThan(FORWARD);
      }
    }
  }

  @Test
  void shouldHaveTheReferencesActivationsWhenItRestores() throws IOException {
    SafeTensors golden = Goldens.tensors("restormer/tiny_activations_1x3x32x32.safetensors");
    SafeTensors all = Goldens.tensors("restormer/tiny_withbias.safetensors");
    // The first level, module by module, from the golden input of each.
    try (GraphRun g = new GraphRun()) {
      Layers layers = new Layers(g.tf, g.params);
      RestormerBlocks blocks = new RestormerBlocks(layers, 2.66, false);
      Operand<TFloat32> embed =
          layers.conv(
              "patch_embed.proj",
              g.feedNchw(Goldens.npy("restormer/tiny_in_1x3x32x32.npy")),
              3,
              8,
              3,
              false);
      Operand<TFloat32> level1 = blocks.transformerBlock("encoder_level1.0", embed, 8, 1);
      Operand<TFloat32> down =
          layers.pixelUnshuffle(layers.conv("down1_2.body.0", level1, 8, 4, 3, false), 4, 2);
      Operand<TFloat32> level2 = blocks.transformerBlock("encoder_level2.0", down, 16, 2);
      Map<String, FloatTensor> weights = new LinkedHashMap<>();
      g.params.params().forEach(p -> weights.put(p.name(), all.floats(p.name())));
      List<FloatTensor> found = g.run(weights, List.of(embed, level1, down, level2));
      List<String> names = List.of("patch_embed", "encoder_level1", "down1_2", "encoder_level2");
      for (int i = 0; i < names.size(); i++) {
        assertThat(
                GraphRun.maxDifference(GraphRun.toNchw(found.get(i)), golden.floats(names.get(i))))
            .as(names.get(i))
            .isLessThan(FORWARD);
      }
    }
  }
}
