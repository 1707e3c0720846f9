package org.perceiveir.model.vit;

import org.perceiveir.model.nn.Layers;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Learned positions of a square grid of patches, interpolated to another grid.
 *
 * <p>Bicubic interpolation is separable and linear in the table, so it is two products with small
 * constant matrices. The table itself stays the parameter that the state dict has.
 */
public final class PositionTable {

  /** Which of the incompatible public interpolations is meant; all are bicubic. */
  public enum Interpolation {
    /**
     * Official DINOv2 without registers: the sampling step is {@code side / (patches + 0.1)}, which
     * the first release had against a rounding error and which its weights live with.
     */
    OFFSET_0_1,
    /** The sampling step is {@code side / patches}: Hugging Face transformers. */
    SIZE_BASED,
    /** As size based, low-pass filtered where the grid shrinks: DINOv2 with registers. */
    ANTIALIAS
  }

  private static final double OFFSET = 0.1;

  /** Of the cubic kernel, as PyTorch has it without and with antialiasing. */
  private static final double SHARPNESS = -0.75;

  private static final double SHARPNESS_ANTIALIAS = -0.5;

  private PositionTable() {}

  /**
   * Positions of a grid of patches.
   *
   * @param table {@code (side * side, width)}, row by row
   * @return {@code (rows * columns, width)}; the table itself where the grid is the table's
   */
  public static Operand<TFloat32> positions(
      Layers layers,
      Operand<TFloat32> table,
      int side,
      int width,
      int rows,
      int columns,
      Interpolation interpolation) {
    if (rows == side && columns == side) {
      return table;
    }
    Ops tf = layers.tf();
    Operand<TFloat32> down = tf.constant(matrix(side, rows, interpolation));
    Operand<TFloat32> across = tf.constant(matrix(side, columns, interpolation));
    Operand<TFloat32> mixedRows =
        tf.linalg.matMul(down, tf.reshape(table, tf.array(side, side * width)));
    Operand<TFloat32> mixed =
        layers.batchMatMul(
            tf.expandDims(across, tf.constant(0)),
            tf.reshape(mixedRows, tf.array(rows, side, width)),
            false,
            false);
    return tf.reshape(mixed, tf.array(rows * columns, width));
  }

  /**
   * The weights of one axis.
   *
   * @param in entries of the table along the axis
   * @param out patches along the axis
   * @return {@code (out, in)}; every row adds up to 1
   */
  static float[][] matrix(int in, int out, Interpolation interpolation) {
    return switch (interpolation) {
      case OFFSET_0_1 -> cubic(in, out, in / (out + OFFSET));
      case SIZE_BASED -> cubic(in, out, (double) in / out);
      case ANTIALIAS -> antialias(in, out);
    };
  }

  /** Four neighbours each; beyond the edge stands the edge. */
  private static float[][] cubic(int in, int out, double step) {
    float[][] matrix = new float[out][in];
    for (int o = 0; o < out; o++) {
      double at = step * (o + 0.5) - 0.5;
      int floor = (int) Math.floor(at);
      double[] row = new double[in];
      for (int i = floor - 1; i <= floor + 2; i++) {
        row[Math.max(0, Math.min(in - 1, i))] += kernel(at - i, SHARPNESS);
      }
      matrix[o] = toFloat(row, 1);
    }
    return matrix;
  }

  /** The kernel is as wide as the step; beyond the edge is nothing, so weights are normalised. */
  private static float[][] antialias(int in, int out) {
    float[][] matrix = new float[out][in];
    double step = (double) in / out;
    double spread = Math.max(1, step);
    for (int o = 0; o < out; o++) {
      double centre = step * (o + 0.5);
      int first = Math.max(0, (int) (centre - 2 * spread + 0.5));
      int end = Math.min(in, (int) (centre + 2 * spread + 0.5));
      double[] row = new double[in];
      double sum = 0;
      for (int i = first; i < end; i++) {
        row[i] = kernel((i + 0.5 - centre) / spread, SHARPNESS_ANTIALIAS);
        sum += row[i];
      }
      matrix[o] = toFloat(row, sum);
    }
    return matrix;
  }

  private static float[] toFloat(double[] row, double divisor) {
    float[] values = new float[row.length];
    for (int i = 0; i < row.length; i++) {
      values[i] = (float) (row[i] / divisor);
    }
    return values;
  }

  /** Keys' cubic convolution kernel with parameter {@code a}. */
  private static double kernel(double x, double a) {
    double d = Math.abs(x);
    if (d < 1) {
      return ((a + 2) * d - (a + 3)) * d * d + 1;
    }
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
  }
}
