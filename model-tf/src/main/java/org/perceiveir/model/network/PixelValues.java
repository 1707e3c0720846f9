package org.perceiveir.model.network;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

/** Bytes to what the network takes, and what it gives to bytes. */
public final class PixelValues {
  private PixelValues() {}

  /**
   * Divides by 255.
   *
   * @param pixels {@code (batch, height, width, 3)} in 0..255
   * @return the same shape in 0..1
   */
  public static Operand<TFloat32> toUnit(Ops tf, Operand<TUint8> pixels) {
    return tf.math.div(tf.dtypes.cast(pixels, TFloat32.class), tf.constant(255f));
  }

  /**
   * Clips to 0..1 and rounds to the nearest byte.
   *
   * @param images {@code (batch, height, width, 3)}, about 0..1
   * @return the same shape in 0..255
   */
  public static Operand<TUint8> toBytes(Ops tf, Operand<TFloat32> images) {
    Operand<TFloat32> clipped = tf.clipByValue(images, tf.constant(0f), tf.constant(1f));
    Operand<TFloat32> rounded =
        tf.math.add(tf.math.mul(clipped, tf.constant(255f)), tf.constant(0.5f));
    return tf.dtypes.cast(rounded, TUint8.class);
  }
}
