package org.perceiveir.model.nn;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

/**
 * A weight that is known while the graph is built. It enters the graph when an operation asks for
 * it; what only other weights are made from leaves no trace.
 *
 * <p>Sums run in double precision and are rounded once.
 */
final class FrozenWeight implements Weight {
  private final Entry entry;
  private final long[] shape;
  private final float[] values;
  private @Nullable Operand<TFloat32> operand;

  /** How numbers enter a graph. */
  @FunctionalInterface
  interface Entry {
    /** Makes a node of these numbers. */
    Operand<TFloat32> enter(Shape shape, float[] values);
  }

  /** A weight of these values, which are not copied. */
  FrozenWeight(Entry entry, long[] shape, float[] values) {
    this.entry = entry;
    this.shape = shape.clone();
    this.values = values;
  }

  @Override
  public Operand<TFloat32> operand() {
    Operand<TFloat32> known = operand;
    if (known == null) {
      known = entry.enter(Shape.of(shape), values);
      operand = known;
    }
    return known;
  }

  @Override
  public long[] shape() {
    return shape.clone();
  }

  @Override
  public Weight reshape(int... to) {
    return with(Arrays.stream(to).mapToLong(size -> size).toArray(), values);
  }

  @Override
  public Weight transpose(int... order) {
    int rank = shape.length;
    long[] target = new long[rank];
    int[] strides = new int[rank];
    for (int i = 0; i < rank; i++) {
      target[i] = shape[order[i]];
      strides[i] = Axes.of(shape, order[i]).inner();
    }
    float[] result = new float[values.length];
    int[] at = new int[rank];
    int source = 0;
    for (int i = 0; i < result.length; i++) {
      result[i] = values[source];
      for (int d = rank - 1; d >= 0; d--) {
        source += strides[d];
        if (++at[d] < target[d]) {
          break;
        }
        source -= at[d] * strides[d];
        at[d] = 0;
      }
    }
    return with(target, result);
  }

  @Override
  public Weight gather(int axis, int[] order) {
    Axes at = Axes.of(shape, axis);
    float[] result = new float[at.outer() * order.length * at.inner()];
    for (int o = 0; o < at.outer(); o++) {
      for (int i = 0; i < order.length; i++) {
        System.arraycopy(
            values,
            (o * at.size() + order[i]) * at.inner(),
            result,
            (o * order.length + i) * at.inner(),
            at.inner());
      }
    }
    return with(Axes.resized(shape, axis, order.length), result);
  }

  @Override
  public Weight slice(int axis, int from, int count) {
    int[] order = new int[count];
    Arrays.setAll(order, i -> from + i);
    return gather(axis, order);
  }

  @Override
  public Weight scale(int axis, Weight vector) {
    Axes at = Axes.of(shape, axis);
    float[] factors = ((FrozenWeight) vector).values;
    float[] result = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = values[i] * factors[i / at.inner() % at.size()];
    }
    return with(shape, result);
  }

  @Override
  public Weight times(double factor) {
    float[] result = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = (float) (values[i] * factor);
    }
    return with(shape, result);
  }

  @Override
  public Weight sum(int axis) {
    Axes at = Axes.of(shape, axis);
    double[] sums = new double[at.outer() * at.inner()];
    for (int i = 0; i < values.length; i++) {
      sums[i / (at.inner() * at.size()) * at.inner() + i % at.inner()] += values[i];
    }
    float[] result = new float[sums.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = (float) sums[i];
    }
    return with(Axes.without(shape, axis), result);
  }

  @Override
  public Weight plus(Weight other) {
    float[] added = ((FrozenWeight) other).values;
    float[] result = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = values[i] + added[i];
    }
    return with(shape, result);
  }

  private FrozenWeight with(long[] newShape, float[] newValues) {
    return new FrozenWeight(entry, newShape, newValues);
  }
}
