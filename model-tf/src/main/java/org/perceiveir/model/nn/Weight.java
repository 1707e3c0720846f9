package org.perceiveir.model.nn;

import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * A parameter's numbers in the graph's layout, on their way into an operation.
 *
 * <p>A formulation that slices, reorders or folds weights is written once in these terms. On
 * trainable variables each step is an operation of the graph, run again at every pass and
 * differentiable; on frozen numbers it is done in Java while the graph is built, and only its
 * result enters the graph.
 */
interface Weight {

  /** The weight as an input of operations; the same node at every call. */
  Operand<TFloat32> operand();

  /** Sizes of the axes. */
  long[] shape();

  /** The same numbers in another shape. */
  Weight reshape(int... shape);

  /** Axis i of the result is axis {@code order[i]} of this one. */
  Weight transpose(int... order);

  /** The entries {@code order} of an axis, in that order. */
  Weight gather(int axis, int[] order);

  /** {@code count} entries of an axis from {@code from} on. */
  Weight slice(int axis, int from, int count);

  /** Each entry i of an axis times entry i of a vector. */
  Weight scale(int axis, Weight vector);

  /** Every number times a factor. */
  Weight times(double factor);

  /** The sum over an axis, which is dropped from the shape. */
  Weight sum(int axis);

  /** The sum with a weight of the same shape. */
  Weight plus(Weight other);
}
