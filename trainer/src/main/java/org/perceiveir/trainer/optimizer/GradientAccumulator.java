package org.perceiveir.trainer.optimizer;

import java.util.ArrayList;
import java.util.List;
import org.perceiveir.model.nn.Param;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;

/**
 * The mean of the gradients of several batches, for one update: a large batch in the memory of a
 * small one, and a copy of the parameters beside it.
 *
 * <pre>
 *   accumulate(first batch)      a = g / k
 *   accumulate(each further)     a = a + g / k
 *   AdamW.step                   on {@link #means}, nothing else fed
 * </pre>
 *
 * <p>Where the loss is a mean over crops and the batches have the same number and size of crops,
 * this is the gradient of one batch of all of them. A term that compares crops with each other sees
 * those of one batch at a time.
 *
 * <p>Nothing of it outlives an update, so a checkpoint does not hold it.
 */
public final class GradientAccumulator {
  private final List<Operand<TFloat32>> means = new ArrayList<>();
  private final Op first;
  private final Op further;

  /**
   * Adds the operations to the graph.
   *
   * @param tf of the graph that the parameters are in
   * @param params the parameters to train
   * @param gradients of the loss of one batch, in the same order
   * @param batches k, how many make one update, at least 1
   */
  public GradientAccumulator(
      Ops tf, List<Param> params, List<Operand<TFloat32>> gradients, int batches) {
    Operand<TFloat32> share = tf.constant(1f / batches);
    List<Op> assignments = new ArrayList<>();
    List<Op> additions = new ArrayList<>();
    for (int i = 0; i < params.size(); i++) {
      String name = "accumulated." + params.get(i).name();
      VarHandleOp sum =
          tf.withName(name)
              .varHandleOp(TFloat32.class, params.get(i).shape(), VarHandleOp.sharedName(name));
      Operand<TFloat32> part = tf.math.mul(gradients.get(i), share);
      assignments.add(tf.assignVariableOp(sum, part));
      additions.add(tf.assignAddVariableOp(sum, part));
      means.add(tf.readVariableOp(sum, TFloat32.class));
    }
    first = tf.withControlDependencies(assignments).noOp();
    further = tf.withControlDependencies(additions).noOp();
  }

  /** The means, in the order of the parameters; whole after the last batch. */
  public List<Operand<TFloat32>> means() {
    return List.copyOf(means);
  }

  /**
   * Adds the gradient of a batch when the runner runs.
   *
   * @param runner with the placeholders of the loss fed
   * @param batch its number from 0 within the update
   */
  public void accumulate(Session.Runner runner, int batch) {
    runner.addTarget(batch == 0 ? first : further);
  }
}
