package org.perceiveir.model.export;

import java.util.List;
import org.perceiveir.model.preset.Backbone;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TUint8;

/**
 * Pads images of any size to sides that a backbone takes, and cuts the result back, as operations
 * of a graph.
 *
 * <p>The rules are those of {@link org.perceiveir.model.session.RestorationSession}: Restormer
 * reflects about the last row and column, or repeats them where the image is not larger than the
 * pad; NAFNet pads zeros.
 */
final class GraphPadding {
  private final Ops tf;
  private final Operand<TUint8> pixels;
  private final Operand<TInt32> height;
  private final Operand<TInt32> width;
  private final Backbone backbone;

  /**
   * Padding of these images.
   *
   * @param pixels {@code (batch, height, width, 3)}
   */
  GraphPadding(Ops tf, Operand<TUint8> pixels, Backbone backbone) {
    this.tf = tf;
    this.pixels = pixels;
    this.backbone = backbone;
    Operand<TInt32> shape = tf.shape(pixels);
    this.height = tf.slice(shape, tf.array(1), tf.array(1));
    this.width = tf.slice(shape, tf.array(2), tf.array(1));
  }

  /** The images with both sides rounded up to multiples of {@link Backbone#padMultiple}. */
  Operand<TUint8> padded() {
    if (backbone instanceof Backbone.NafNet) {
      Operand<TInt32> none = tf.array(0, 0);
      Operand<TInt32> down = tf.concat(List.of(tf.array(0), pad(height)), tf.constant(0));
      Operand<TInt32> right = tf.concat(List.of(tf.array(0), pad(width)), tf.constant(0));
      Operand<TInt32> all = tf.stack(List.of(none, down, right, none));
      return tf.pad(pixels, all, tf.dtypes.cast(tf.constant(0), TUint8.class));
    }
    Operand<TUint8> rows = tf.gather(pixels, mirrored(height), tf.constant(1));
    return tf.gather(rows, mirrored(width), tf.constant(2));
  }

  /**
   * What belongs to the images of a padded result.
   *
   * @param result {@code (batch, padded height, padded width, 3)}
   * @return {@code (batch, height, width, 3)}
   */
  Operand<TUint8> cropped(Operand<TUint8> result) {
    Operand<TInt32> size =
        tf.concat(List.of(tf.array(-1), height, width, tf.array(3)), tf.constant(0));
    return tf.slice(result, tf.array(0, 0, 0, 0), size);
  }

  /** What is missing to the next multiple, {@code (1)}. */
  private Operand<TInt32> pad(Operand<TInt32> side) {
    return tf.math.floorMod(tf.math.neg(side), tf.array(backbone.padMultiple()));
  }

  /** For each place of the padded side, the place that it repeats. */
  private Operand<TInt32> mirrored(Operand<TInt32> side) {
    Operand<TInt32> pad = pad(side);
    Operand<TInt32> last = tf.math.sub(side, tf.array(1));
    Operand<TInt32> end = tf.reshape(tf.math.add(side, pad), tf.constant(new int[0]));
    Operand<TInt32> place = tf.range(tf.constant(0), end, tf.constant(1));
    Operand<TInt32> reflected = tf.math.sub(tf.math.mul(last, tf.array(2)), place);
    return tf.select(
        tf.math.less(pad, side), tf.math.minimum(place, reflected), tf.math.minimum(place, last));
  }
}
