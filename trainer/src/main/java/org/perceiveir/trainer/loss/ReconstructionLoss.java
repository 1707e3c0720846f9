package org.perceiveir.trainer.loss;

import java.util.Arrays;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * L_rec: how far a restored image is from its truth.
 *
 * <pre>
 *   l1:    mean |r - g|                            over batch, pixels and channels; the paper's
 *   psnr:  mean_i 10 log10 (mean (r_i - g_i)^2 + 10^(-c / 10))    minus the PSNR of image i in dB
 * </pre>
 *
 * <p>The second is NAFNet's (Chen et al. 2022). The gradient of each image is divided by its
 * squared error: in a batch of several degradations those that leave most to be done, haze and low
 * light, do not drown the others. The ceiling c keeps those near their truth from outweighing the
 * rest in turn: at c dB an image counts half, far above it not at all; NAFNet has 80.
 */
public final class ReconstructionLoss {
  /** What is measured. */
  public enum Form {
    /** The mean absolute error, as in the paper. */
    L1("l1"),
    /** Minus the PSNR. */
    PSNR("psnr");

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
  private final LossConfig.Reconstruction config;

  /** A loss of this form. */
  ReconstructionLoss(Ops tf, LossConfig.Reconstruction config) {
    this.tf = tf;
    this.config = config;
  }

  /**
   * The loss, a scalar.
   *
   * @param restored {@code (batch, height, width, 3)} about 0..1
   * @param clean the same shape, 0..1
   */
  Operand<TFloat32> of(Operand<TFloat32> restored, Operand<TFloat32> clean) {
    return switch (config.form()) {
      case L1 -> tf.math.mean(tf.math.abs(tf.math.sub(restored, clean)), tf.array(0, 1, 2, 3));
      case PSNR -> {
        Operand<TFloat32> squared =
            tf.math.mean(tf.math.squaredDifference(restored, clean), tf.array(1, 2, 3));
        float least = (float) Math.pow(10, -config.ceiling() / 10);
        Operand<TFloat32> log = tf.math.log(tf.math.add(squared, tf.constant(least)));
        yield tf.math.mul(tf.math.mean(log, tf.array(0)), tf.constant((float) (10 / Math.log(10))));
      }
    };
  }
}
