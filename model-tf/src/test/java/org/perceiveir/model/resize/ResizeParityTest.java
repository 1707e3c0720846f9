package org.perceiveir.model.resize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.model.golden.Goldens;
import org.perceiveir.model.golden.GraphRun;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** A frozen encoder sees what it was trained on only if its input is sampled the same way. */
class ResizeParityTest {
  private static final double TOLERANCE = 1e-5;

  @ParameterizedTest(name = "{0} {1} {2}, size known: {3}")
  @CsvSource({
    "up,   bilinear,    BILINEAR,           true",
    "up,   bilinear,    BILINEAR,           false",
    "up,   bilinear_aa, BILINEAR_ANTIALIAS, true",
    "up,   bilinear_aa, BILINEAR_ANTIALIAS, false",
    "up,   bicubic,     BICUBIC,            true",
    "up,   bicubic,     BICUBIC,            false",
    "up,   bicubic_aa,  BICUBIC_ANTIALIAS,  true",
    "up,   bicubic_aa,  BICUBIC_ANTIALIAS,  false",
    "down, bilinear,    BILINEAR,           true",
    "down, bilinear,    BILINEAR,           false",
    "down, bilinear_aa, BILINEAR_ANTIALIAS, true",
    "down, bilinear_aa, BILINEAR_ANTIALIAS, false",
    "down, bicubic,     BICUBIC,            true",
    "down, bicubic,     BICUBIC,            false",
    "down, bicubic_aa,  BICUBIC_ANTIALIAS,  true",
    "down, bicubic_aa,  BICUBIC_ANTIALIAS,  false",
    "mix,  bilinear,    BILINEAR,           true",
    "mix,  bilinear,    BILINEAR,           false",
    "mix,  bilinear_aa, BILINEAR_ANTIALIAS, true",
    "mix,  bilinear_aa, BILINEAR_ANTIALIAS, false",
    "mix,  bicubic,     BICUBIC,            true",
    "mix,  bicubic,     BICUBIC,            false",
    "mix,  bicubic_aa,  BICUBIC_ANTIALIAS,  true",
    "mix,  bicubic_aa,  BICUBIC_ANTIALIAS,  false",
  })
  void shouldMatchPyTorchForwardAndBackward(
      String group, String name, Interpolation interpolation, boolean sizeKnown)
      throws IOException {
    SafeTensors golden = Goldens.tensors("resize/resize.safetensors");
    String at = group + "/" + name + "/";
    long[] size = golden.shape(at + "y");
    try (GraphRun g = new GraphRun()) {
      Operand<TFloat32> x = g.feedNchw(golden.floats(group + "/x"));
      if (!sizeKnown) {
        x = forgetSize(g, x);
      }
      Operand<TFloat32> y = Resize.apply(g.tf, x, (int) size[2], (int) size[3], interpolation);
      // Layers behind need the channels; where they are known they must stay so.
      assertThat(y.shape().asArray())
          .isEqualTo(new long[] {sizeKnown ? size[0] : -1, size[2], size[3], sizeKnown ? 3 : -1});
      Operand<TFloat32> gy = g.feedNchw(golden.floats(at + "gy"));
      Operand<TFloat32> loss = g.tf.reduceSum(g.tf.math.mul(y, gy), g.tf.array(0, 1, 2, 3));
      List<Operand<TFloat32>> fetches = new ArrayList<>(List.of(y));
      fetches.addAll(g.gradients(loss, List.of(x)));
      List<FloatTensor> found = g.run(Map.of(), fetches);
      double forward =
          GraphRun.maxDifference(GraphRun.toNchw(found.get(0)), golden.floats(at + "y"));
      double backward =
          GraphRun.maxDifference(GraphRun.toNchw(found.get(1)), golden.floats(at + "gx"));
      assertThat(forward).isLessThan(TOLERANCE);
      assertThat(backward).isLessThan(TOLERANCE);
    }
  }

  @ParameterizedTest
  @CsvSource({"up", "down", "mix"})
  void shouldBeTorchvisionsDefaultForTensorsWhenBilinear(String group) throws IOException {
    SafeTensors golden = Goldens.tensors("resize/resize.safetensors");
    FloatTensor expected = golden.floats(group + "/torchvision_Resize_tensor_default/y");
    try (GraphRun g = new GraphRun()) {
      Operand<TFloat32> y =
          Resize.apply(
              g.tf,
              g.feedNchw(golden.floats(group + "/x")),
              (int) expected.shape()[2],
              (int) expected.shape()[3],
              Interpolation.BILINEAR);
      FloatTensor found = GraphRun.toNchw(g.run(Map.of(), List.of(y)).get(0));
      assertThat(GraphRun.maxDifference(found, expected)).isLessThan(TOLERANCE);
    }
  }

  @ParameterizedTest
  @CsvSource({"BILINEAR", "BICUBIC", "BILINEAR_ANTIALIAS", "BICUBIC_ANTIALIAS"})
  void shouldKeepEveryPixelWhenTheSizeIsTheSame(Interpolation interpolation) {
    float[] values = new float[5 * 7 * 2];
    for (int i = 0; i < values.length; i++) {
      values[i] = i * i % 11;
    }
    try (GraphRun g = new GraphRun()) {
      Operand<TFloat32> y =
          Resize.apply(
              g.tf, g.feed(new FloatTensor(new long[] {1, 5, 7, 2}, values)), 5, 7, interpolation);
      assertThat(g.run(Map.of(), List.of(y)).get(0).values())
          .usingComparatorWithPrecision(1e-6f)
          .containsExactly(values);
    }
  }

  @Test
  void shouldRefuseToMakeAnImageWithoutPixels() {
    try (GraphRun g = new GraphRun()) {
      Operand<TFloat32> x = g.feed(new FloatTensor(new long[] {1, 2, 2, 1}, new float[4]));
      assertThatThrownBy(() -> Resize.apply(g.tf, x, 0, 5, Interpolation.BILINEAR))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("0x5");
    }
  }

  /** The same tensor, of which nothing but the rank is known when the graph is built. */
  private static Operand<TFloat32> forgetSize(GraphRun g, Operand<TFloat32> x) {
    long[] shape = x.shape().asArray();
    float[] sizes = new float[4];
    for (int i = 0; i < 4; i++) {
      sizes[i] = shape[i];
    }
    Operand<TInt32> fed =
        g.tf.dtypes.cast(g.feed(new FloatTensor(new long[] {4}, sizes)), TInt32.class);
    Operand<TFloat32> y = g.tf.reshape(x, fed);
    assertThat(y.shape().hasUnknownDimension()).isTrue();
    return y;
  }
}
