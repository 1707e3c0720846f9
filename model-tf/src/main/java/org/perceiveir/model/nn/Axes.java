package org.perceiveir.model.nn;

/**
 * A row-major array seen from one of its axes.
 *
 * @param outer product of the sizes before the axis
 * @param size of the axis
 * @param inner product of the sizes behind the axis
 */
record Axes(int outer, int size, int inner) {

  static Axes of(long[] shape, int axis) {
    long outer = 1;
    long inner = 1;
    for (int i = 0; i < shape.length; i++) {
      if (i < axis) {
        outer *= shape[i];
      } else if (i > axis) {
        inner *= shape[i];
      }
    }
    return new Axes(Math.toIntExact(outer), Math.toIntExact(shape[axis]), Math.toIntExact(inner));
  }

  /** The shape with another size of one axis. */
  static long[] resized(long[] shape, int axis, int size) {
    long[] result = shape.clone();
    result[axis] = size;
    return result;
  }

  /** The shape without one axis. */
  static long[] without(long[] shape, int axis) {
    long[] result = new long[shape.length - 1];
    for (int i = 0; i < result.length; i++) {
      result[i] = shape[i < axis ? i : i + 1];
    }
    return result;
  }
}
