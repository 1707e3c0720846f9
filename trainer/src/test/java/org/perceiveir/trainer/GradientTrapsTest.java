package org.perceiveir.trainer;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.perceiveir.model.network.PerceiveIrNetwork;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.preset.Preset;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.nn.Conv2d;
import org.tensorflow.types.TFloat32;

/** TensorFlow reports none of these by itself: it crashes later, or trains on wrong numbers. */
final class GradientTrapsTest {

  private static void convolve(Graph graph, int kernel, int stride, long dilation) {
    Ops tf = Ops.create(graph);
    Placeholder<TFloat32> x =
        tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1, -1, 3)));
    tf.nn.conv2d(
        x,
        tf.fill(tf.constant(new int[] {kernel, kernel, 3, 4}), tf.constant(0f)),
        List.of(1L, (long) stride, (long) stride, 1L),
        "VALID",
        Conv2d.dilations(1L, dilation, dilation, 1L));
  }

  @Test
  void shouldRefuseAPointwiseConvolutionWithAStride() {
    try (Graph graph = new Graph()) {
      convolve(graph, 1, 2, 1);
      assertThatThrownBy(() -> GradientTraps.check(graph))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("StridedSlice");
    }
  }

  @Test
  void shouldRefuseADilatedConvolution() {
    try (Graph graph = new Graph()) {
      convolve(graph, 3, 1, 2);
      assertThatThrownBy(() -> GradientTraps.check(graph)).hasMessageContaining("dilated");
    }
  }

  @Test
  void shouldAcceptPlainAndStridedConvolutions() {
    try (Graph graph = new Graph()) {
      convolve(graph, 1, 1, 1);
      convolve(graph, 3, 2, 1);
      assertThatCode(() -> GradientTraps.check(graph)).doesNotThrowAnyException();
    }
  }

  /** A preset that ships must be one that can be trained. */
  @Test
  void shouldAcceptTheCompactPreset() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Placeholder<TFloat32> x =
          tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1, -1, 3)));
      PerceiveIrNetwork.build(tf, new ParamStore(tf), Preset.named("compact")).restore(x);
      assertThatCode(() -> GradientTraps.check(graph)).doesNotThrowAnyException();
    }
  }
}
