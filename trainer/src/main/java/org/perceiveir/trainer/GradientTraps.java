package org.perceiveir.trainer;

import java.util.Arrays;
import java.util.Iterator;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.ndarray.Shape;

/**
 * Refuses operations whose gradients TensorFlow 2.18 computes wrongly without an error.
 *
 * <ul>
 *   <li>A 1x1 {@code Conv2D} with a stride: the gradient of its kernel writes beyond its memory in
 *       oneDNN, and the process dies some steps later at an unrelated place. Take every stride-th
 *       pixel with {@code StridedSlice} first, then convolve without a stride.
 *   <li>{@code Conv2D} and {@code DepthwiseConv2dNative} with dilations: the gradient ignores them.
 * </ul>
 */
final class GradientTraps {
  private static final Set<String> CONVOLUTIONS = Set.of("Conv2D", "DepthwiseConv2dNative");

  private GradientTraps() {}

  /**
   * Looks at every operation of a graph.
   *
   * @throws IllegalStateException naming the operation and the way around
   */
  static void check(Graph graph) {
    for (Iterator<GraphOperation> it = graph.operations(); it.hasNext(); ) {
      GraphOperation op = it.next();
      if (!CONVOLUTIONS.contains(op.type())) {
        continue;
      }
      if (Arrays.stream(op.attributes().getAttrIntList("dilations")).anyMatch(d -> d > 1)) {
        throw new IllegalStateException(
            op.name()
                + ": TensorFlow's gradient of a dilated "
                + op.type()
                + " is wrong; use SpaceToBatchND, a plain convolution and BatchToSpaceND");
      }
      if (op.type().equals("Conv2D")
          && isPointwise(op)
          && Arrays.stream(op.attributes().getAttrIntList("strides")).anyMatch(s -> s > 1)) {
        throw new IllegalStateException(
            op.name()
                + ": the kernel gradient of a 1x1 Conv2D with a stride corrupts memory in oneDNN;"
                + " use StridedSlice on the input and a 1x1 convolution of stride 1");
      }
    }
  }

  private static boolean isPointwise(GraphOperation op) {
    Shape kernel = op.input(1).shape();
    return kernel.numDimensions() == 4 && kernel.get(0) == 1 && kernel.get(1) == 1;
  }
}
