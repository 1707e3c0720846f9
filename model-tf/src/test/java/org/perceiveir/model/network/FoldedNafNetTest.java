package org.perceiveir.model.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.perceiveir.model.golden.GraphRun;
import org.perceiveir.model.golden.HashWeights;
import org.perceiveir.model.nn.Formulation;
import org.perceiveir.model.preset.Backbone;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.safetensors.FloatTensor;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** A NAFNet whose first level takes squares of pixels, with weights that show which goes where. */
class FoldedNafNetTest {
  private static final long[] IMAGES = {2, 8, 16, 3};
  private static final int FOLD = 2;
  private static final int CHANNELS = 3 * FOLD * FOLD;
  private static final Preset PRESET =
      new Preset(
          "folded",
          new Backbone.NafNet(CHANNELS, FOLD, List.of(0), 0, List.of(0)),
          null,
          null,
          null,
          null);

  static Stream<Formulation> formulations() {
    return Stream.of(Formulation.PLAIN, Formulation.TRAINING, Formulation.INFERENCE);
  }

  @ParameterizedTest
  @MethodSource("formulations")
  void shouldUnfoldWhatItFolded(Formulation formulation) {
    Map<String, FloatTensor> weights = zeros();
    identity(values(weights, "intro.weight"));
    identity(values(weights, "ending.weight"));
    float[] pixels = HashWeights.uniform("images", 2 * 8 * 16 * 3, 0, 1);

    float[] restored = restore(weights, pixels, formulation);

    // The network adds the image, and here the image again.
    for (int i = 0; i < pixels.length; i++) {
      assertThat(restored[i]).isCloseTo(2 * pixels[i], offset(1e-6f));
    }
  }

  /** As PyTorch's PixelShuffle: channel {@code 4 c + 2 y + x} is pixel (y, x) of colour c. */
  @ParameterizedTest
  @MethodSource("formulations")
  void shouldPutTheChannelsWherePyTorchDoes(Formulation formulation) {
    Map<String, FloatTensor> weights = zeros();
    float[] bias = values(weights, "ending.bias");
    for (int i = 0; i < CHANNELS; i++) {
      bias[i] = i;
    }

    float[] restored = restore(weights, new float[2 * 8 * 16 * 3], formulation);

    int at = 0;
    for (int row = 0; row < 2 * 8; row++) {
      for (int column = 0; column < 16; column++) {
        for (int colour = 0; colour < 3; colour++) {
          assertThat(restored[at++]).isEqualTo(4 * colour + 2 * (row % 2) + column % 2);
        }
      }
    }
  }

  private static Map<String, FloatTensor> zeros() {
    Map<String, FloatTensor> weights = PerceiveIrNetwork.initialWeights(PRESET, 1);
    weights.values().forEach(tensor -> Arrays.fill(tensor.values(), 0));
    return weights;
  }

  private static float[] values(Map<String, FloatTensor> weights, String name) {
    return Objects.requireNonNull(weights.get(name), name).values();
  }

  /** Channel i to channel i: the middle of the 3x3 kernel, in PyTorch's order of axes. */
  private static void identity(float[] kernel) {
    for (int i = 0; i < CHANNELS; i++) {
      kernel[(i * CHANNELS + i) * 9 + 4] = 1;
    }
  }

  private static float[] restore(
      Map<String, FloatTensor> weights, float[] pixels, Formulation formulation) {
    try (GraphRun g = new GraphRun()) {
      Operand<TFloat32> restored =
          PerceiveIrNetwork.build(g.tf, g.params, PRESET, formulation)
              .restore(g.feed(new FloatTensor(IMAGES, pixels)));
      return g.run(weights, List.of(restored)).get(0).values();
    }
  }
}
