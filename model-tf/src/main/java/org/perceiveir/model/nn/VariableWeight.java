package org.perceiveir.model.nn;

import java.util.Arrays;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** A weight that the graph computes from variables in every pass. */
final class VariableWeight implements Weight {
  private final Ops tf;
  private final Operand<TFloat32> value;
  private final long[] shape;

  VariableWeight(Ops tf, Operand<TFloat32> value, long[] shape) {
    this.tf = tf;
    this.value = value;
    this.shape = shape.clone();
  }

  @Override
  public Operand<TFloat32> operand() {
    return value;
  }

  @Override
  public long[] shape() {
    return shape.clone();
  }

  @Override
  public Weight reshape(int... to) {
    return new VariableWeight(
        tf,
        tf.reshape(value, tf.constant(to)),
        Arrays.stream(to).mapToLong(size -> size).toArray());
  }

  @Override
  public Weight transpose(int... order) {
    long[] to = new long[order.length];
    Arrays.setAll(to, i -> shape[order[i]]);
    return new VariableWeight(tf, tf.linalg.transpose(value, tf.constant(order)), to);
  }

  @Override
  public Weight gather(int axis, int[] order) {
    return new VariableWeight(
        tf,
        tf.gather(value, tf.constant(order), tf.constant(axis)),
        Axes.resized(shape, axis, order.length));
  }

  @Override
  public Weight slice(int axis, int from, int count) {
    int[] begin = new int[shape.length];
    begin[axis] = from;
    long[] result = Axes.resized(shape, axis, count);
    int[] size = Arrays.stream(result).mapToInt(Math::toIntExact).toArray();
    return new VariableWeight(tf, tf.slice(value, tf.constant(begin), tf.constant(size)), result);
  }

  @Override
  public Weight scale(int axis, Weight vector) {
    int[] along = new int[shape.length];
    Arrays.fill(along, 1);
    along[axis] = -1;
    return new VariableWeight(
        tf, tf.math.mul(value, tf.reshape(vector.operand(), tf.constant(along))), shape);
  }

  @Override
  public Weight times(double factor) {
    return new VariableWeight(tf, tf.math.mul(value, tf.constant((float) factor)), shape);
  }

  @Override
  public Weight sum(int axis) {
    return new VariableWeight(
        tf, tf.reduceSum(value, tf.constant(axis)), Axes.without(shape, axis));
  }

  @Override
  public Weight plus(Weight other) {
    return new VariableWeight(tf, tf.math.add(value, other.operand()), shape);
  }
}
