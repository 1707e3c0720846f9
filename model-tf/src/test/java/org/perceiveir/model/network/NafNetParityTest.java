package org.perceiveir.model.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perceiveir.model.golden.Goldens;
import org.perceiveir.model.golden.GraphRun;
import org.perceiveir.model.nn.Layers;
import org.perceiveir.model.nn.NafBlock;
import org.perceiveir.model.nn.Param;
import org.perceiveir.model.preset.Backbone;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** The NAFNet backbone against numbers of its authors' code. */
class NafNetParityTest {
  private static final double FORWARD = 1e-4;
  private static final double GRADIENT = 1e-5;
  private static final Preset TINY =
      new Preset(
          "tiny",
          new Backbone.NafNet(8, List.of(1, 1, 1, 2), 1, List.of(1, 1, 1, 1)),
          null,
          null,
          null,
          null);

  @Test
  void shouldRestoreLikeTheReferenceWhenWeightsAreEqual() throws IOException {
    SafeTensors weights = Goldens.tensors("nafnet/tiny.safetensors");
    try (GraphRun g = new GraphRun()) {
      Operand<TFloat32> y =
          PerceiveIrNetwork.build(g.tf, g.params, TINY)
              .restore(g.feedNchw(Goldens.npy("nafnet/tiny_in_1x3x32x32.npy")));
      assertThat(g.params.count()).isEqualTo(321_499);
      FloatTensor out = GraphRun.toNchw(g.run(weights.allFloats(), List.of(y)).get(0));
      assertThat(GraphRun.maxDifference(out, Goldens.npy("nafnet/tiny_out_1x3x32x32.npy")))
          .isLessThan(FORWARD);
    }
  }

  @Test
  void shouldRestoreLikeTheReferenceWhenTheFrameIsPaddedWithZeros() throws IOException {
    SafeTensors weights = Goldens.tensors("nafnet/tiny.safetensors");
    FloatTensor in = GraphRun.toNhwc(Goldens.npy("nafnet/tiny_in_2x3x30x45.npy"));
    FloatTensor expected = GraphRun.toNhwc(Goldens.npy("nafnet/tiny_out_2x3x30x45.npy"));
    FloatTensor padded = new FloatTensor(new long[] {2, 32, 48, 3}, new float[2 * 32 * 48 * 3]);
    for (int row = 0; row < 2 * 30; row++) {
      int target = (row / 30 * 32 + row % 30) * 48 * 3;
      System.arraycopy(in.values(), row * 45 * 3, padded.values(), target, 45 * 3);
    }
    try (GraphRun g = new GraphRun()) {
      Operand<TFloat32> y = PerceiveIrNetwork.build(g.tf, g.params, TINY).restore(g.feed(padded));
      FloatTensor out = g.run(weights.allFloats(), List.of(y)).get(0);
      float[] cropped = new float[2 * 30 * 45 * 3];
      for (int row = 0; row < 2 * 30; row++) {
        int source = (row / 30 * 32 + row % 30) * 48 * 3;
        System.arraycopy(out.values(), source, cropped, row * 45 * 3, 45 * 3);
      }
      assertThat(GraphRun.maxDifference(cropped, expected.values())).isLessThan(FORWARD);
    }
  }

  @Test
  void shouldHaveTheReferencesGradientsWhenTheLossIsL1() throws IOException {
    SafeTensors weights = Goldens.tensors("nafnet/tiny.safetensors");
    SafeTensors expected = Goldens.tensors("nafnet/tiny_l1_grads.safetensors");
    try (GraphRun g = new GraphRun()) {
      Operand<TFloat32> y =
          PerceiveIrNetwork.build(g.tf, g.params, TINY)
              .restore(g.feedNchw(Goldens.npy("nafnet/tiny_grad_in_1x3x32x32.npy")));
      Operand<TFloat32> target = g.feedNchw(Goldens.npy("nafnet/tiny_grad_target_1x3x32x32.npy"));
      Operand<TFloat32> loss =
          g.tf.math.mean(g.tf.math.abs(g.tf.math.sub(y, target)), g.tf.array(0, 1, 2, 3));
      List<Operand<TFloat32>> fetches = new ArrayList<>();
      fetches.add(loss);
      fetches.addAll(g.paramGradients(loss));
      List<FloatTensor> found = g.run(weights.allFloats(), fetches);
      assertThat((double) found.get(0).values()[0])
          .isCloseTo(
              Goldens.npy("nafnet/tiny_grad_loss.npy").values()[0],
              org.assertj.core.data.Offset.offset(1e-5));
      for (int i = 0; i < g.params.params().size(); i++) {
        Param p = g.params.params().get(i);
        assertThat(
                GraphRun.maxDifference(
                    p.toTorch(found.get(i + 1).values()), expected.floats(p.name()).values()))
            .as(p.name())
            .isLessThan(GRADIENT);
      }
    }
  }

  @Test
  void shouldMatchForwardAndBackwardWhenABlockRunsAlone() throws IOException {
    SafeTensors golden = Goldens.tensors("nafnet/nafblock_c8.safetensors");
    Map<String, FloatTensor> weights = new LinkedHashMap<>();
    for (String name : golden.names()) {
      if (name.startsWith("weight/")) {
        weights.put("m." + name.substring("weight/".length()), golden.floats(name));
      }
    }
    try (GraphRun g = new GraphRun()) {
      Operand<TFloat32> x = g.feedNchw(golden.floats("x"));
      Operand<TFloat32> y = new NafBlock(new Layers(g.tf, g.params)).apply("m", x, 8);
      Operand<TFloat32> gy = g.feedNchw(golden.floats("gy"));
      Operand<TFloat32> loss = g.tf.reduceSum(g.tf.math.mul(y, gy), g.tf.array(0, 1, 2, 3));
      List<Operand<TFloat32>> fetches = new ArrayList<>();
      fetches.add(y);
      fetches.addAll(g.gradients(loss, List.of(x)));
      fetches.addAll(g.paramGradients(loss));
      List<FloatTensor> found = g.run(weights, fetches);
      assertThat(GraphRun.maxDifference(GraphRun.toNchw(found.get(0)), golden.floats("y")))
          .isLessThan(FORWARD);
      assertThat(GraphRun.maxDifference(GraphRun.toNchw(found.get(1)), golden.floats("gx")))
          .isLessThan(FORWARD);
      for (int i = 0; i < g.params.params().size(); i++) {
        Param p = g.params.params().get(i);
        assertThat(
                GraphRun.maxDifference(
                    p.toTorch(found.get(2 + i).values()),
                    golden.floats("grad/" + p.name().substring(2)).values()))
            .as(p.name())
            .isLessThan(FORWARD);
      }
    }
  }
}
