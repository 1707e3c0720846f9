package org.perceiveir.model.lpips;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.perceiveir.model.golden.Goldens;
import org.perceiveir.model.golden.GraphRun;
import org.perceiveir.model.golden.HashWeights;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** Figures of LPIPS mean something only beside those of others. */
class LpipsParityTest {
  private static final double TOLERANCE = 1e-6;
  private static final double GRADIENT = 1e-7;

  @ParameterizedTest
  @CsvSource({
    "vgg, VGG16, vgg16_torchvision, 14714688",
    "alex, ALEXNET, alexnet_torchvision, 2469696"
  })
  void shouldMatchTheAuthorsDistanceAndItsGradient(
      String name, Lpips.Trunk trunk, String manifest, long parameters) throws IOException {
    SafeTensors golden = Goldens.tensors("lpips/lpips_io.safetensors");
    Map<String, FloatTensor> weights =
        HashWeights.stateDict(
            manifest, "lpips/" + name + "/", tensor -> tensor.startsWith("features."));
    checkTrunk(weights, golden.floats(name + "/trunk_check").values());
    try (GraphRun g = new GraphRun()) {
      Lpips lpips = new Lpips(g.tf, g.params, trunk);
      Operand<TFloat32> in0 = g.feedNchw(unsigned(golden.floats("in0")));
      Operand<TFloat32> in1 = g.feedNchw(unsigned(golden.floats("in1")));
      Operand<TFloat32> distance = lpips.distance(in0, in1);
      assertThat(g.params.count()).isEqualTo(parameters);
      assertThat(trunk.features(weights)).isEqualTo(weights);
      List<Operand<TFloat32>> fetches = new ArrayList<>(List.of(distance));
      fetches.addAll(g.gradients(g.tf.reduceSum(distance, g.tf.array(0)), List.of(in1)));
      fetches.addAll(lpips.layerDistances(in0, in1));
      List<FloatTensor> found = g.run(weights, fetches);
      assertThat(found.get(0).shape()).containsExactly(2);
      assertThat(GraphRun.maxDifference(found.get(0), golden.floats(name + "/lpips")))
          .isLessThan(TOLERANCE);
      // The reference's images are -1..1, so its slopes are half of ours.
      float[] gradient = GraphRun.toNchw(found.get(1)).values();
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] /= 2;
      }
      float[] expected = golden.floats(name + "/grad_in1").values();
      assertThat(GraphRun.maxDifference(gradient, expected)).isLessThan(GRADIENT);
      assertThat(GraphRun.maxDifference(new float[expected.length], expected))
          .as("the tolerance must be far below the gradient itself")
          .isGreaterThan(500 * GRADIENT);
      for (int l = 0; l < 5; l++) {
        assertThat(GraphRun.maxDifference(found.get(2 + l), golden.floats(name + "/layer" + l)))
            .as("layer " + l)
            .isLessThan(TOLERANCE);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Lpips.Trunk.class)
  void shouldHaveAFiniteGradientWhereAllFeaturesAreZero(Lpips.Trunk trunk) {
    try (GraphRun g = new GraphRun()) {
      FloatTensor image = new FloatTensor(new long[] {1, 32, 32, 3}, new float[32 * 32 * 3]);
      Operand<TFloat32> a = g.feed(image);
      Operand<TFloat32> b = g.feed(image);
      Operand<TFloat32> distance = new Lpips(g.tf, g.params, trunk).distance(a, b);
      List<Operand<TFloat32>> fetches = new ArrayList<>(List.of(distance));
      fetches.addAll(g.gradients(g.tf.reduceSum(distance, g.tf.array(0)), List.of(b)));
      Map<String, FloatTensor> zeros = g.params.initialValues(1);
      zeros.replaceAll((n, t) -> new FloatTensor(t.shape(), new float[t.values().length]));
      List<FloatTensor> found = g.run(zeros, fetches);
      assertThat(found.get(0).values()).containsExactly(0f);
      assertThat(found.get(1).values()).containsOnly(0f);
    }
  }

  /** First weight, sum of the first tensor, sum of the magnitudes of all. */
  private static void checkTrunk(Map<String, FloatTensor> weights, float[] expected) {
    FloatTensor first = weights.get("features.0.weight");
    if (first == null) {
      throw new AssertionError("no first weight");
    }
    double sum = 0;
    for (float w : first.values()) {
      sum += w;
    }
    double magnitudes = 0;
    for (FloatTensor tensor : weights.values()) {
      for (float w : tensor.values()) {
        magnitudes += Math.abs(w);
      }
    }
    assertThat(first.values()[0]).isEqualTo(expected[0]);
    assertThat(sum).isCloseTo(expected[1], Offset.offset(1e-4));
    assertThat(magnitudes).isCloseTo(expected[2], Percentage.withPercentage(1e-3));
  }

  private static FloatTensor unsigned(FloatTensor signed) {
    float[] values = new float[signed.values().length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (signed.values()[i] + 1) / 2;
    }
    return new FloatTensor(signed.shape(), values);
  }
}
