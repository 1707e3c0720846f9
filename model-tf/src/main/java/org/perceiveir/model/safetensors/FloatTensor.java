package org.perceiveir.model.safetensors;

import java.util.Arrays;

/**
 * A float32 tensor in a Java array, row-major, in the layout of PyTorch (convolution kernels are
 * {@code (out, in, height, width)}).
 *
 * <p>The arrays are shared, not copied: whoever hands them over must not write to them afterwards.
 * Two tensors are equal when shape and all bits of the values are.
 *
 * @param shape sizes, each at least 0; empty for a scalar
 * @param values the {@code product(shape)} elements
 */
@SuppressWarnings("ArrayRecordComponent") // Millions of floats: a list of boxes is no alternative.
public record FloatTensor(long[] shape, float[] values) {

  /**
   * Checks that the number of values is the product of the shape.
   *
   * @throws SafeTensorsException if it is not
   */
  public FloatTensor {
    if (elements(shape) != values.length) {
      throw new SafeTensorsException(
          "tensor of shape "
              + Arrays.toString(shape)
              + " needs "
              + elements(shape)
              + " values, got "
              + values.length);
    }
  }

  /** Number of elements of a shape; throws on a negative size and on overflow of a long. */
  static long elements(long[] shape) {
    boolean empty = false;
    for (long size : shape) {
      if (size < 0) {
        throw new SafeTensorsException("negative size in shape " + Arrays.toString(shape));
      }
      empty |= size == 0;
    }
    if (empty) {
      return 0;
    }
    long product = 1;
    for (long size : shape) {
      if (product > Long.MAX_VALUE / size) {
        throw new SafeTensorsException(
            "shape " + Arrays.toString(shape) + " has more than 2^63 - 1 elements");
      }
      product *= size;
    }
    return product;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FloatTensor that
        && Arrays.equals(shape, that.shape)
        && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(shape) + Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return "FloatTensor" + Arrays.toString(shape);
  }
}
