package org.perceiveir.model.vgg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.model.golden.Goldens;
import org.perceiveir.model.golden.GraphRun;
import org.perceiveir.model.golden.HashWeights;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.perceiveir.testkit.Differences;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** A perceptual loss on features that are not VGG-16's trains towards something else. */
class Vgg16ParityTest {
  private static final double FORWARD = 1e-4;
  private static final double GRADIENT = 1e-7;
  private static final double GRADIENT_AT_A_KINK = 1e-6;

  @Test
  void shouldMatchTorchvisionAfterEveryLayer() throws IOException {
    Map<String, FloatTensor> weights =
        Goldens.tensors("vgg/vgg16_div8_features.safetensors").allFloats();
    SafeTensors golden = Goldens.tensors("vgg/vgg16_div8_activations.safetensors");
    try (GraphRun g = new GraphRun()) {
      Vgg16Features vgg = new Vgg16Features(g.tf, g.params, Vgg16Config.of(weights));
      List<Operand<TFloat32>> layers =
          new ArrayList<>(
              vgg.apply(
                      g.feedNchw(golden.floats("x")), IntStream.rangeClosed(0, 30).boxed().toList())
                  .values());
      assertThat(Vgg16Config.of(weights)).isEqualTo(Vgg16Config.dividedBy(8));
      assertThat(g.params.count()).isEqualTo(230_568);
      List<FloatTensor> found = g.run(weights, layers);
      assertThat(found).hasSize(31);
      for (int i = 0; i <= 30; i++) {
        assertThat(
                GraphRun.maxDifference(
                    GraphRun.toNchw(found.get(i)), golden.floats("features." + i)))
            .as("features." + i)
            .isLessThan(FORWARD);
      }
    }
  }

  @Test
  void shouldMatchTorchvisionAtFullSizeAndIgnoreItsClassifier() throws IOException {
    SafeTensors golden = Goldens.tensors("fullsize/outputs.safetensors");
    // Of the classifier the last layer only: all of it takes half a gigabyte.
    Map<String, FloatTensor> stateDict =
        HashWeights.stateDict(
            "vgg16_torchvision", "vgg16/", name -> !name.matches("classifier\\.[03]\\.weight"));
    Map<String, FloatTensor> features = Vgg16Config.features(stateDict);
    assertThat(stateDict).hasSize(30);
    assertThat(features).hasSize(26);
    List<Integer> indices = List.of(2, 3, 6, 7, 8, 10, 11, 13, 14, 15, 22, 29);
    try (GraphRun g = new GraphRun()) {
      Operand<TFloat32> x = g.feedNchw(HashWeights.input("full/vgg16/x", 1, 3, 32, 32));
      SortedMap<Integer, Operand<TFloat32>> layers =
          new Vgg16Features(g.tf, g.params, Vgg16Config.of(features)).apply(x, indices);
      assertThat(g.params.count()).isEqualTo(14_714_688);
      List<FloatTensor> found = g.run(features, new ArrayList<>(layers.values()));
      for (int i = 0; i < indices.size(); i++) {
        String at = "vgg16/features." + indices.get(i);
        FloatTensor nchw = GraphRun.toNchw(found.get(i));
        assertThat(
                GraphRun.maxDifference(
                    corner(nchw, golden.shape(at + "/first_8x")),
                    golden.floats(at + "/first_8x").values()))
            .as(at)
            .isLessThan(FORWARD);
        assertThat(
                GraphRun.maxDifference(means(nchw), golden.floats(at + "/channel_means").values()))
            .as(at + " means")
            .isLessThan(FORWARD);
      }
    }
  }

  /**
   * The difficulty-adaptive perceptual loss with three negatives (eqs. 10 and 11): its gradient
   * goes through every kind of layer of the network.
   */
  @ParameterizedTest
  @CsvSource({
    // One feature of the reference is at a kink: what it sees, 106 of 6144 elements, may differ.
    "idx_3_7_11_15, 3;7;11;15, 0.98",
    "idx_2_6_10_14, 2;6;10;14, 1",
    "relu_1_2__2_2__3_2__3_3, 3;8;13;15, 1",
  })
  void shouldHaveTheReferencesGradientWhenFeaturesMakeALoss(
      String name, String taps, double besidesKinks) throws IOException {
    Map<String, FloatTensor> weights =
        Goldens.tensors("vgg/vgg16_div8_features.safetensors").allFloats();
    SafeTensors golden = Goldens.tensors("vgg/dpl_c2r_form.safetensors");
    List<Integer> indices = Arrays.stream(taps.split(";", -1)).map(Integer::valueOf).toList();
    Map<String, FloatTensor> used = new LinkedHashMap<>();
    weights.forEach(
        (key, value) -> {
          if (Integer.parseInt(key.split("\\.", -1)[1]) <= indices.get(3)) {
            used.put(key, value);
          }
        });
    double[] xi = {1.0 / 12, 1.0 / 6, 1.0 / 3, 1};
    Map<String, Double> contrast = new LinkedHashMap<>();
    contrast.put("N1", 1.25);
    contrast.put("N2", 0.75);
    contrast.put("N3", 1.25);
    contrast.put("I_d", 2.0);
    try (GraphRun g = new GraphRun()) {
      Vgg16Features vgg = new Vgg16Features(g.tf, g.params, Vgg16Config.of(weights));
      Operand<TFloat32> restored = g.feedNchw(golden.floats("I_r"));
      SortedMap<Integer, Operand<TFloat32>> ofRestored = vgg.apply(restored, indices);
      SortedMap<Integer, Operand<TFloat32>> ofTruth =
          vgg.apply(g.feedNchw(golden.floats("I_g")), indices);
      Map<String, SortedMap<Integer, Operand<TFloat32>>> ofOthers = new LinkedHashMap<>();
      for (String other : contrast.keySet()) {
        ofOthers.put(other, vgg.apply(g.feedNchw(golden.floats(other)), indices));
      }
      Operand<TFloat32> loss = g.tf.constant(0f);
      for (int i = 0; i < 4; i++) {
        int index = indices.get(i);
        Operand<TFloat32> below = g.tf.constant(1e-7f);
        for (Map.Entry<String, SortedMap<Integer, Operand<TFloat32>>> other : ofOthers.entrySet()) {
          below =
              g.tf.math.add(
                  below,
                  g.tf.math.mul(
                      g.tf.constant(contrast.getOrDefault(other.getKey(), Double.NaN).floatValue()),
                      distance(g, at(ofRestored, index), at(other.getValue(), index))));
        }
        loss =
            g.tf.math.add(
                loss,
                g.tf.math.mul(
                    g.tf.constant((float) xi[i]),
                    g.tf.math.div(distance(g, at(ofRestored, index), at(ofTruth, index)), below)));
      }
      List<Operand<TFloat32>> fetches = new ArrayList<>(List.of(loss));
      fetches.addAll(g.gradients(loss, List.of(restored)));
      List<FloatTensor> found = g.run(used, fetches);
      assertThat(GraphRun.maxDifference(found.get(0), golden.floats(name + "/loss")))
          .isLessThan(1e-6);
      FloatTensor expected = golden.floats(name + "/grad_I_r");
      float[] gradient = GraphRun.toNchw(found.get(1)).values();
      assertThat(Differences.within(besidesKinks, gradient, expected.values()))
          .isLessThan(GRADIENT);
      assertThat(Differences.within(1, gradient, expected.values()))
          .isLessThan(besidesKinks < 1 ? GRADIENT_AT_A_KINK : GRADIENT);
      assertThat(GraphRun.maxDifference(new float[expected.values().length], expected.values()))
          .as("the tolerance must be far below the gradient itself")
          .isGreaterThan(1000 * GRADIENT);
    }
  }

  @Test
  void shouldRefuseLayersThatVggHasNot() {
    try (GraphRun g = new GraphRun()) {
      Vgg16Features vgg = new Vgg16Features(g.tf, g.params, Vgg16Config.dividedBy(8));
      Operand<TFloat32> x = g.feed(new FloatTensor(new long[] {1, 2, 2, 3}, new float[12]));
      for (List<Integer> bad : List.of(List.<Integer>of(), List.of(-1), List.of(3, 31))) {
        assertThatThrownBy(() -> vgg.apply(x, bad))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("0 to 30");
      }
      assertThatThrownBy(() -> Vgg16Config.dividedBy(3))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("3");
    }
  }

  private static Operand<TFloat32> at(SortedMap<Integer, Operand<TFloat32>> layers, int index) {
    Operand<TFloat32> layer = layers.get(index);
    if (layer == null) {
      throw new AssertionError("no layer " + index);
    }
    return layer;
  }

  private static Operand<TFloat32> distance(GraphRun g, Operand<TFloat32> a, Operand<TFloat32> b) {
    return g.tf.math.mean(g.tf.math.abs(g.tf.math.sub(a, b)), g.tf.array(0, 1, 2, 3));
  }

  private static float[] means(FloatTensor nchw) {
    int channels = (int) nchw.shape()[1];
    int pixels = nchw.values().length / channels;
    float[] means = new float[channels];
    for (int c = 0; c < channels; c++) {
      double sum = 0;
      for (int i = 0; i < pixels; i++) {
        sum += nchw.values()[c * pixels + i];
      }
      means[c] = (float) (sum / pixels);
    }
    return means;
  }

  /** The first channels, rows and columns of a map of one image. */
  private static float[] corner(FloatTensor nchw, long[] size) {
    float[] values = new float[(int) (size[0] * size[1] * size[2])];
    int i = 0;
    for (int c = 0; c < size[0]; c++) {
      for (int y = 0; y < size[1]; y++) {
        for (int x = 0; x < size[2]; x++) {
          values[i++] = nchw.values()[(int) ((c * nchw.shape()[2] + y) * nchw.shape()[3] + x)];
        }
      }
    }
    return values;
  }
}
