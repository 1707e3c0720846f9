package org.perceiveir.trainer.loss;

import java.util.Arrays;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Max;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * L_cl (eq. 12): degradation contrast on Z, an InfoNCE loss.
 *
 * <pre>
 *   S(a, b)  = a b / (|a| |b|) / tau
 *   printed:  l = -S(z, z+) + log sum_neg exp S(z, z-)
 *   MoCo:     l = -S(z, z+) + log (exp S(z, z+) + sum_neg exp S(z, z-))
 * </pre>
 *
 * <p>z and z+ are two crops of one degraded image; negatives are all crops of the batch, first and
 * second, that have another degradation. The loss is the mean over the anchors that have a
 * negative, and 0 where none has: then its gradient is 0 too, and never NaN. Gradients reach
 * anchors, positives and negatives.
 */
public final class ContrastiveLoss {
  /** Keeps a feature of zeros from becoming NaN. */
  private static final float SMALLEST_SQUARE = 1e-24f;

  /** Far below any similarity, and its exponential is exactly 0. */
  private static final float MASKED = -1e9f;

  /** What stands in the denominator. */
  public enum Form {
    /** The positive and the negatives, as in MoCo and AirNet; our reading. */
    MOCO("moco"),
    /** The negatives only, as eq. 12 is printed. */
    EQ12("eq12");

    private final String id;

    Form(String id) {
      this.id = id;
    }

    /** The name in configurations. */
    public String id() {
      return id;
    }

    /** All names. */
    static List<String> ids() {
      return Arrays.stream(values()).map(Form::id).toList();
    }

    static Form of(String id) {
      return Arrays.stream(values()).filter(f -> f.id.equals(id)).findFirst().orElseThrow();
    }
  }

  private final Ops tf;
  private final double temperature;
  private final Form form;

  /**
   * A loss of this form.
   *
   * @param temperature tau, above 0
   */
  public ContrastiveLoss(Ops tf, double temperature, Form form) {
    this.tf = tf;
    this.temperature = temperature;
    this.form = form;
  }

  /**
   * The loss of a batch whose crops are each other's negatives.
   *
   * @param anchors Z of one crop of each image, {@code (batch, features)}
   * @param positives Z of another crop of the same images, {@code (batch, features)}
   * @param tasks a number for the degradation of each image, {@code (batch)}
   * @return a scalar
   */
  public Operand<TFloat32> of(
      Operand<TFloat32> anchors, Operand<TFloat32> positives, Operand<TInt32> tasks) {
    Operand<TFloat32> all = tf.concat(List.of(anchors, positives), tf.constant(0));
    Operand<TInt32> rows = tf.expandDims(tasks, tf.constant(1));
    Operand<TInt32> columns =
        tf.expandDims(tf.concat(List.of(tasks, tasks), tf.constant(0)), tf.constant(0));
    Operand<TFloat32> other = tf.dtypes.cast(tf.math.notEqual(rows, columns), TFloat32.class);
    return of(anchors, positives, all, other);
  }

  /**
   * The loss with chosen negatives.
   *
   * @param anchors {@code (batch, features)}
   * @param positives {@code (batch, features)}
   * @param negatives {@code (count, features)}
   * @param mask {@code (batch, count)}: 1 where a negative counts for an anchor, else 0
   * @return a scalar
   */
  public Operand<TFloat32> of(
      Operand<TFloat32> anchors,
      Operand<TFloat32> positives,
      Operand<TFloat32> negatives,
      Operand<TFloat32> mask) {
    Operand<TFloat32> inverse = tf.constant((float) (1 / temperature));
    Operand<TFloat32> z = unit(anchors);
    Operand<TFloat32> positive =
        tf.math.mul(rowSum(tf.math.mul(z, unit(positives))), inverse); // (batch, 1)
    Operand<TFloat32> negative =
        tf.math.mul(tf.linalg.matMul(z, unit(negatives), MatMul.transposeB(true)), inverse);
    Operand<TFloat32> absent = tf.math.sub(tf.constant(1f), mask);
    Operand<TFloat32> counted =
        tf.math.add(tf.math.mul(negative, mask), tf.math.mul(absent, tf.constant(MASKED)));
    Operand<TFloat32> denominator =
        form == Form.MOCO ? tf.concat(List.of(positive, counted), tf.constant(1)) : counted;
    Operand<TFloat32> each = tf.math.sub(logSumExp(denominator), positive);
    Operand<TFloat32> has = tf.max(mask, tf.array(1), Max.keepDims(true));
    Operand<TFloat32> anchorsThatCount =
        tf.math.maximum(tf.reduceSum(has, tf.array(0, 1)), tf.constant(1f));
    return tf.math.div(tf.reduceSum(tf.math.mul(each, has), tf.array(0, 1)), anchorsThatCount);
  }

  private Operand<TFloat32> unit(Operand<TFloat32> rows) {
    Operand<TFloat32> square = rowSum(tf.math.square(rows));
    return tf.math.mul(rows, tf.math.rsqrt(tf.math.maximum(square, tf.constant(SMALLEST_SQUARE))));
  }

  private Operand<TFloat32> rowSum(Operand<TFloat32> rows) {
    return tf.reduceSum(rows, tf.array(1), ReduceSum.keepDims(true));
  }

  /** Of each row, {@code (batch, 1)}; shifted by the largest, so that no exponential overflows. */
  private Operand<TFloat32> logSumExp(Operand<TFloat32> rows) {
    Operand<TFloat32> largest = tf.stopGradient(tf.max(rows, tf.array(1), Max.keepDims(true)));
    Operand<TFloat32> sum = rowSum(tf.math.exp(tf.math.sub(rows, largest)));
    return tf.math.add(tf.math.log(sum), largest);
  }
}
