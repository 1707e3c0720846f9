package org.perceiveir.trainer.optimizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.perceiveir.model.nn.Param;
import org.perceiveir.model.safetensors.FloatTensor;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;

/**
 * AdamW (Loshchilov and Hutter 2019) with clipping by the global norm and an exponential average of
 * the weights, all as operations of the training graph.
 *
 * <pre>
 *   g  = g * min(1, c / |g|)             |g| over all parameters together
 *   x  = x - lr wd x                     decoupled decay, of every parameter as in PyTorch
 *   m  = b1 m + (1 - b1) g
 *   v  = b2 v + (1 - b2) g^2
 *   x  = x - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)
 *   a  = a - (1 - d) (a - x)             d = min(decay, (1 + s) / (10 + s)), s = t - 1
 * </pre>
 *
 * <p>The fused kernel adds its epsilon to the root of the uncorrected v. It is given {@code lr
 * sqrt(1 - b2^t) / (1 - b1^t)} and {@code eps sqrt(1 - b2^t)}, computed in double precision, and
 * powers of zero: the same as the formula above, with no float rounding of {@code 1 - b2^t}.
 *
 * <p>m, v and a are resource variables, so they live in a {@link Session} as the parameters do.
 * Between {@link #setFirstMoments}, {@link #setSecondMoments} and {@link #setAverage} on one side
 * and {@link #firstMoments}, {@link #secondMoments} and {@link #average} on the other, numbers come
 * back bit for bit.
 */
public final class AdamW {
  private final AdamWConfig config;
  private final Placeholder<TFloat32> rate;
  private final Placeholder<TFloat32> decayedShare;
  private final Placeholder<TFloat32> epsilon;
  private final Placeholder<TFloat32> averageShare;
  private final Operand<TFloat32> gradientNorm;
  private final Op update;
  private final VariableGroup first;
  private final VariableGroup second;
  private final VariableGroup averaged;

  /**
   * Adds the operations of one update to the graph.
   *
   * @param tf of the graph that the parameters are in
   * @param params the parameters to train
   * @param gradients of the loss with respect to {@code params}, in the same order
   * @param config the settings
   */
  public AdamW(Ops tf, List<Param> params, List<Operand<TFloat32>> gradients, AdamWConfig config) {
    if (params.size() != gradients.size() || params.isEmpty()) {
      throw new IllegalArgumentException(
          params.size() + " parameters and " + gradients.size() + " gradients");
    }
    this.config = config;
    rate = scalar(tf, "adamw.rate");
    decayedShare = scalar(tf, "adamw.decayedShare");
    epsilon = scalar(tf, "adamw.epsilon");
    averageShare = scalar(tf, "adamw.averageShare");

    List<Operand<TFloat32>> squares = new ArrayList<>();
    gradients.forEach(g -> squares.add(tf.nn.l2Loss(g)));
    gradientNorm = tf.math.sqrt(tf.math.mul(tf.constant(2f), tf.math.addN(squares)));
    Operand<TFloat32> shrink =
        Double.isInfinite(config.clipNorm())
            ? tf.constant(1f)
            : tf.math.div(
                tf.constant((float) config.clipNorm()),
                tf.math.maximum(gradientNorm, tf.constant((float) config.clipNorm())));
    Operand<TFloat32> beta1 = tf.constant((float) config.beta1());
    Operand<TFloat32> beta2 = tf.constant((float) config.beta2());
    Operand<TFloat32> zero = tf.constant(0f);

    List<VarHandleOp> m = handles(tf, "adamw.m.", params);
    List<VarHandleOp> v = handles(tf, "adamw.v.", params);
    List<VarHandleOp> a = handles(tf, "adamw.average.", params);
    first = new VariableGroup(tf, "first moments", params, m);
    second = new VariableGroup(tf, "second moments", params, v);
    averaged = new VariableGroup(tf, "averaged weights", params, a);

    List<Op> updates = new ArrayList<>();
    for (int i = 0; i < params.size(); i++) {
      Param param = params.get(i);
      Operand<TFloat32> gradient = tf.math.mul(gradients.get(i), shrink);
      // The order matters: the decay must not overtake the backward pass that still uses the
      // weight, nor the average read the weight before its update.
      // Nor may the product be there from the start of the step: it is as large as the weights.
      Ops afterGradient = tf.withControlDependencies(List.of(gradient));
      Op decay =
          afterGradient.assignSubVariableOp(
              param.handle(), afterGradient.math.mul(param.value(), decayedShare));
      Op adam =
          tf.withControlDependencies(List.of(decay))
              .train
              .resourceApplyAdam(
                  param.handle(),
                  m.get(i),
                  v.get(i),
                  zero,
                  zero,
                  rate,
                  beta1,
                  beta2,
                  epsilon,
                  gradient);
      Operand<TFloat32> updated =
          tf.withControlDependencies(List.of(adam)).readVariableOp(param.handle(), TFloat32.class);
      updates.add(
          tf.assignSubVariableOp(
              a.get(i), tf.math.mul(averageShare, tf.math.sub(averaged.value(i), updated))));
    }
    update = tf.withControlDependencies(updates).noOp();
  }

  private static Placeholder<TFloat32> scalar(Ops tf, String name) {
    return tf.withName(name).placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
  }

  private static List<VarHandleOp> handles(Ops tf, String prefix, List<Param> params) {
    List<VarHandleOp> handles = new ArrayList<>();
    for (Param param : params) {
      String name = prefix + param.name();
      handles.add(
          tf.withName(name)
              .varHandleOp(TFloat32.class, param.shape(), VarHandleOp.sharedName(name)));
    }
    return handles;
  }

  /** Global norm of the gradients before clipping, a scalar. */
  public Operand<TFloat32> gradientNorm() {
    return gradientNorm;
  }

  /**
   * Runs one update and fetches tensors of the same step.
   *
   * @param runner with the placeholders of the loss fed; the update and {@code fetches} are added
   * @param step from 0
   * @param learningRate of this step
   * @param fetches what to fetch besides the update
   * @return the numbers of the fetched tensors, one tensor after the other
   */
  public float[] step(
      Session.Runner runner, int step, double learningRate, List<Operand<TFloat32>> fetches) {
    double rootV = Math.sqrt(1 - Math.pow(config.beta2(), step + 1));
    double correctedRate = learningRate * rootV / (1 - Math.pow(config.beta1(), step + 1));
    double averageDecay = Math.min(config.averageDecay(), (1.0 + step) / (10.0 + step));
    try (TFloat32 fedRate = TFloat32.scalarOf((float) correctedRate);
        TFloat32 fedDecay = TFloat32.scalarOf((float) (learningRate * config.weightDecay()));
        TFloat32 fedEpsilon = TFloat32.scalarOf((float) (config.epsilon() * rootV));
        TFloat32 fedShare = TFloat32.scalarOf((float) (1 - averageDecay))) {
      runner
          .feed(rate, fedRate)
          .feed(decayedShare, fedDecay)
          .feed(epsilon, fedEpsilon)
          .feed(averageShare, fedShare)
          .addTarget(update);
      return numbers(runner, fetches);
    }
  }

  /**
   * Runs what was asked of a runner and fetches.
   *
   * @return the numbers of the fetched tensors, one tensor after the other
   */
  public static float[] numbers(Session.Runner runner, List<Operand<TFloat32>> fetches) {
    fetches.forEach(runner::fetch);
    List<float[]> parts = new ArrayList<>();
    int count = 0;
    try (Result result = runner.run()) {
      for (int i = 0; i < fetches.size(); i++) {
        float[] part = new float[(int) result.get(i).size()];
        result.get(i).asRawTensor().data().asFloats().read(part);
        parts.add(part);
        count += part.length;
      }
    }
    float[] all = new float[count];
    int at = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  /** Sets m, in PyTorch layout by parameter name. */
  public void setFirstMoments(Session session, Map<String, FloatTensor> m) {
    first.assign(session, m);
  }

  /** Sets v, in PyTorch layout by parameter name. */
  public void setSecondMoments(Session session, Map<String, FloatTensor> v) {
    second.assign(session, v);
  }

  /** Sets m and v to zero, as before the first step. */
  public void clearMoments(Session session) {
    first.clear(session);
    second.clear(session);
  }

  /** Sets the averaged weights, in PyTorch layout by parameter name. */
  public void setAverage(Session session, Map<String, FloatTensor> average) {
    averaged.assign(session, average);
  }

  /** m by parameter name, in PyTorch layout. */
  public Map<String, FloatTensor> firstMoments(Session session) {
    return first.fetch(session);
  }

  /** v by parameter name, in PyTorch layout. */
  public Map<String, FloatTensor> secondMoments(Session session) {
    return second.fetch(session);
  }

  /** The averaged weights by parameter name, in PyTorch layout. */
  public Map<String, FloatTensor> average(Session session) {
    return averaged.fetch(session);
  }
}
