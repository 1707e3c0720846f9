package org.perceiveir.trainer.loss;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * L_dpl (eqs. 10 and 11), the difficulty-adaptive perceptual loss.
 *
 * <pre>
 *   M_i(a, b) = mean |V_i(a) - V_i(b)|           over batch, pixels and channels
 *   L = sum_i xi_i M_i(I_g, I_r) / (lambda M_i(I_d, I_r) + sum_q O(N_q) M_i(N_q, I_r) + 1e-7)
 * </pre>
 *
 * <p>I_r is pulled to the truth I_g and pushed away from the degraded image I_d and from what other
 * restorers made of it, N_q, whose weights O follow {@link DifficultyBook}. Only I_r carries
 * gradient. There may be no N_q.
 *
 * <p>A network that still returns its input makes the denominator vanish: the loss is then huge,
 * and clipping of gradients is what bounds the step.
 */
public final class PerceptualLoss {
  /** Weights of the four layers, from shallow to deep. */
  public static final List<Double> XI = List.of(1.0 / 12, 1.0 / 6, 1.0 / 3, 1.0);

  private static final float EPSILON = 1e-7f;

  private final Ops tf;
  private final FeatureMaps features;
  private final double lambda;

  /**
   * A loss on these features.
   *
   * @param lambda weight of the degraded image among the negatives, above 0
   */
  public PerceptualLoss(Ops tf, FeatureMaps features, double lambda) {
    this.tf = tf;
    this.features = features;
    this.lambda = lambda;
  }

  /**
   * The loss of restored images; all images are of one shape {@code (batch, height, width, 3)}.
   *
   * @param restored I_r, about 0..1
   * @param clean I_g in 0..1
   * @param degraded I_d in 0..1
   * @param negatives N_q in 0..1, what each of the other restorers made of the degraded images
   * @param weights O of each of them, {@code (negatives)}; not used when there is none
   * @return a scalar
   */
  public Operand<TFloat32> of(
      Operand<TFloat32> restored,
      Operand<TFloat32> clean,
      Operand<TFloat32> degraded,
      List<? extends Operand<TFloat32>> negatives,
      Operand<TFloat32> weights) {
    List<Operand<TFloat32>> ofRestored = features.of(restored);
    List<Operand<TFloat32>> ofClean = fixed(clean);
    List<Operand<TFloat32>> ofDegraded = fixed(degraded);
    List<List<Operand<TFloat32>>> ofNegatives = new ArrayList<>();
    negatives.forEach(n -> ofNegatives.add(fixed(n)));
    List<Operand<TFloat32>> terms = new ArrayList<>();
    for (int i = 0; i < FeatureMaps.COUNT; i++) {
      Operand<TFloat32> of = ofRestored.get(i);
      Operand<TFloat32> below =
          tf.math.add(
              tf.math.mul(tf.constant((float) lambda), distance(ofDegraded.get(i), of)),
              tf.constant(EPSILON));
      if (!ofNegatives.isEmpty()) {
        List<Operand<TFloat32>> distances = new ArrayList<>();
        for (List<Operand<TFloat32>> maps : ofNegatives) {
          distances.add(distance(maps.get(i), of));
        }
        Operand<TFloat32> weighed = tf.math.mul(tf.stack(distances), weights);
        below = tf.math.add(below, tf.reduceSum(weighed, tf.array(0)));
      }
      Operand<TFloat32> ratio = tf.math.div(distance(ofClean.get(i), of), below);
      terms.add(tf.math.mul(tf.constant(XI.get(i).floatValue()), ratio));
    }
    return tf.math.addN(terms);
  }

  private List<Operand<TFloat32>> fixed(Operand<TFloat32> images) {
    return features.of(images).stream().<Operand<TFloat32>>map(tf::stopGradient).toList();
  }

  /** M of two maps. */
  private Operand<TFloat32> distance(Operand<TFloat32> a, Operand<TFloat32> b) {
    return tf.math.mean(tf.math.abs(tf.math.sub(a, b)), allAxes(a));
  }

  private Operand<TInt32> allAxes(Operand<TFloat32> map) {
    int rank = map.shape().numDimensions();
    int[] axes = new int[rank];
    for (int i = 0; i < rank; i++) {
      axes[i] = i;
    }
    return tf.constant(axes);
  }
}
