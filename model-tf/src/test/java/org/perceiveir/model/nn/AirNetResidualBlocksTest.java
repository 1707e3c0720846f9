package org.perceiveir.model.nn;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perceiveir.model.golden.Goldens;
import org.perceiveir.model.golden.GraphRun;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.types.TFloat32;

/**
 * The encoder of AirNet, which the compact feature extraction is read from, made of the same
 * layers.
 *
 * <p>Ours differs from it in three things, which the paper does not write: AirNet has batch norms,
 * an activation after each sum, and a stride of 2 in its second block. What is common is pinned
 * here: the convolutions, the slope of the activations, the 1x1 shortcut, the pool and both linear
 * layers, forward and gradients.
 */
class AirNetResidualBlocksTest {
  private static final String FILE = "cfe/airnet_resblocks_infonce.safetensors";
  private static final double EPSILON = 1e-5;
  private static final double FORWARD = 1e-5;

  /** Input and output channels of the two blocks. */
  private static final int[][] CHANNELS = {{3, 8}, {8, 16}};

  /** The common names of each convolution and of the norm behind it in AirNet. */
  private static final Map<String, String> NORM_OF =
      Map.of(
          "backbone.0", "backbone.1",
          "backbone.3", "backbone.4",
          "shortcut.0", "shortcut.1");

  private static final Map<String, String> OURS =
      Map.of("backbone.0", "conv1", "backbone.3", "conv2", "shortcut.0", "skip");

  private static FloatTensor before(SafeTensors golden, String name) {
    return golden.floats("before/" + name);
  }

  /** Batch norm folded into convolutions: w g / s and b - m g / s with s = sqrt(v + eps). */
  private static Map<String, FloatTensor> folded(SafeTensors golden) {
    Map<String, FloatTensor> weights = new LinkedHashMap<>();
    for (int block = 0; block < 2; block++) {
      for (String conv : NORM_OF.keySet()) {
        FloatTensor kernel = before(golden, block + "." + conv + ".weight");
        String norm = block + "." + NORM_OF.get(conv);
        float[] gain = before(golden, norm + ".weight").values();
        float[] shift = before(golden, norm + ".bias").values();
        float[] mean = golden.floats("after/" + norm + ".running_mean").values();
        float[] variance = golden.floats("after/" + norm + ".running_var").values();
        float[] values = kernel.values().clone();
        float[] bias = new float[gain.length];
        int each = values.length / gain.length;
        for (int o = 0; o < gain.length; o++) {
          double scale = gain[o] / Math.sqrt(variance[o] + EPSILON);
          bias[o] = (float) (shift[o] - mean[o] * scale);
          for (int i = 0; i < each; i++) {
            values[o * each + i] = (float) (values[o * each + i] * scale);
          }
        }
        String name = "cfe.body." + block + "." + OURS.get(conv);
        weights.put(name + ".weight", new FloatTensor(kernel.shape(), values));
        weights.put(name + ".bias", new FloatTensor(new long[] {bias.length}, bias));
      }
    }
    mlp(golden, weights);
    return weights;
  }

  private static void mlp(SafeTensors golden, Map<String, FloatTensor> weights) {
    for (String kind : List.of(".weight", ".bias")) {
      weights.put("cfe.mlp.0" + kind, before(golden, "4" + kind));
      weights.put("cfe.mlp.2" + kind, before(golden, "6" + kind));
    }
  }

  /** Every second row and column, which a stride of 2 keeps of a stride of 1. */
  private static Operand<TFloat32> strided(GraphRun g, Operand<TFloat32> x, int block) {
    return block == 0
        ? x
        : g.tf.stridedSlice(
            x, g.tf.array(0, 0, 0, 0), g.tf.array(6, 16, 16, 16), g.tf.array(1, 2, 2, 1));
  }

  @Test
  void shouldMatchAirNetWhenItsNormsAreFoldedAndItsOwnActivationsAdded() throws IOException {
    SafeTensors golden = Goldens.tensors(FILE);
    try (GraphRun g = new GraphRun()) {
      Layers layers = new Layers(g.tf, g.params);
      Operand<TFloat32> x = g.feedNchw(golden.floats("x"));
      Operand<TFloat32> sumOfFirst = x;
      for (int block = 0; block < 2; block++) {
        String name = "cfe.body." + block;
        int in = CHANNELS[block][0];
        int out = CHANNELS[block][1];
        Operand<TFloat32> inner =
            layers.leakyRelu(strided(g, layers.conv(name + ".conv1", x, in, out, 3, true), block));
        Operand<TFloat32> residual = layers.conv(name + ".conv2", inner, out, out, 3, true);
        Operand<TFloat32> skip =
            layers.conv(name + ".skip", strided(g, x, block), in, out, 1, true);
        Operand<TFloat32> sum = g.tf.math.add(residual, skip);
        if (block == 0) {
          sumOfFirst = sum;
        }
        x = layers.leakyRelu(sum);
      }
      CompactFeatureExtraction both =
          new CompactFeatureExtraction(layers, new Preset.Cfe(List.of(8, 16), 1, 12));
      Operand<TFloat32> z = both.project(pooled(g, x));
      Operand<TFloat32> ourFirstBlock =
          new CompactFeatureExtraction(layers, new Preset.Cfe(List.of(8), 1, 12))
              .pool(g.feedNchw(golden.floats("x")));
      Operand<TFloat32> ours = both.project(both.pool(g.feedNchw(golden.floats("x"))));
      List<FloatTensor> found =
          g.run(folded(golden), List.of(z, ourFirstBlock, pooled(g, sumOfFirst), ours));
      FloatTensor expected = golden.floats("y_eval_after_one_train_step_of_stats");
      assertThat(GraphRun.maxDifference(found.get(0), expected)).isLessThan(FORWARD);
      // Our own class is these layers without the activation after the sum...
      assertThat(GraphRun.maxDifference(found.get(1).values(), found.get(2).values()))
          .isLessThan(1e-6);
      // ...and so, with the same weights, something else than AirNet.
      assertThat(GraphRun.maxDifference(found.get(3), expected)).isGreaterThan(0.1);
    }
  }

  /** Norms by the batch, as in AirNet's training: their gradients go through our layers. */
  @Test
  void shouldMatchAirNetsGradientsWhenItsNormsAreThere() throws IOException {
    SafeTensors golden = Goldens.tensors(FILE);
    Map<String, FloatTensor> weights = new LinkedHashMap<>();
    try (GraphRun g = new GraphRun()) {
      Layers layers = new Layers(g.tf, g.params);
      Operand<TFloat32> x = g.feedNchw(golden.floats("x"));
      for (int block = 0; block < 2; block++) {
        int in = CHANNELS[block][0];
        int out = CHANNELS[block][1];
        Operand<TFloat32> inner =
            layers.leakyRelu(
                normed(
                    g,
                    strided(g, layers.conv(block + ".backbone.0", x, in, out, 3, false), block),
                    block + ".backbone.1",
                    out));
        Operand<TFloat32> residual =
            normed(
                g,
                layers.conv(block + ".backbone.3", inner, out, out, 3, false),
                block + ".backbone.4",
                out);
        Operand<TFloat32> skip =
            normed(
                g,
                layers.conv(block + ".shortcut.0", strided(g, x, block), in, out, 1, false),
                block + ".shortcut.1",
                out);
        x = layers.leakyRelu(g.tf.math.add(residual, skip));
      }
      Operand<TFloat32> y =
          new CompactFeatureExtraction(layers, new Preset.Cfe(List.of(16), 1, 12))
              .project(pooled(g, x));
      Operand<TFloat32> loss = g.tf.reduceSum(g.tf.math.square(y), g.tf.array(0, 1));
      for (Param p : g.params.params()) {
        if (!p.name().startsWith("cfe.")) {
          weights.put(p.name(), before(golden, p.name()));
        }
      }
      mlp(golden, weights);
      List<Operand<TFloat32>> fetches = new ArrayList<>(List.of(y));
      for (Output<TFloat32> gradient : g.paramGradients(loss)) {
        // The norms of a sum have one gradient, which cannot be fetched twice.
        fetches.add(g.tf.identity(gradient));
      }
      List<FloatTensor> found = g.run(weights, fetches);
      assertThat(GraphRun.maxDifference(found.get(0), golden.floats("y_train")))
          .isLessThan(FORWARD);
      assertThat(g.params.params()).hasSize(22);
      for (int i = 0; i < g.params.params().size(); i++) {
        Param p = g.params.params().get(i);
        FloatTensor expected =
            golden.floats(
                "grad_of_sum_y2/" + p.name().replace("cfe.mlp.0", "4").replace("cfe.mlp.2", "6"));
        assertThat(GraphRun.maxDifference(p.toTorch(found.get(i + 1).values()), expected.values()))
            .as(p.name())
            .isLessThan(1e-5);
      }
    }
  }

  private static Operand<TFloat32> pooled(GraphRun g, Operand<TFloat32> x) {
    return g.tf.math.mean(x, g.tf.array(1, 2));
  }

  /** Batch norm of a training step, with the moments of this batch. */
  private static Operand<TFloat32> normed(
      GraphRun g, Operand<TFloat32> x, String name, int channels) {
    Operand<TFloat32> gain =
        g.params.param(name + ".weight", Layout.PLAIN, Initializer.ZEROS, channels).value();
    Operand<TFloat32> shift =
        g.params.param(name + ".bias", Layout.PLAIN, Initializer.ZEROS, channels).value();
    Operand<TFloat32> mean = g.tf.math.mean(x, g.tf.array(0, 1, 2));
    Operand<TFloat32> centred = g.tf.math.sub(x, mean);
    Operand<TFloat32> variance = g.tf.math.mean(g.tf.math.square(centred), g.tf.array(0, 1, 2));
    Operand<TFloat32> scale =
        g.tf.math.mul(
            gain, g.tf.math.rsqrt(g.tf.math.add(variance, g.tf.constant((float) EPSILON))));
    return g.tf.math.add(g.tf.math.mul(centred, scale), shift);
  }
}
