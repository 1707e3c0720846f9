package org.perceiveir.trainer.gradient;

import java.util.List;
import org.perceiveir.model.nn.Param;
import org.perceiveir.model.nn.Segments;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * How the gradients of a network's parameters come about.
 *
 * <pre>
 *   BackwardPass backward = BackwardPass.recomputing(graph, tf);
 *   y = PerceiveIrNetwork.build(tf, params, preset, backward.segments()).restore(x);
 *   ParameterGradients g = backward.gradients(loss of y, params.params());
 * </pre>
 *
 * <p>One pass serves one loss of one graph.
 */
public sealed interface BackwardPass permits KeptActivations, RecomputedBlocks {

  /** Keeps what the forward pass made until the backward pass needs it. */
  static BackwardPass keeping(Graph graph) {
    return new KeptActivations(graph);
  }

  /**
   * Gradient checkpointing (Chen et al. 2016, "Training deep nets with sublinear memory cost"):
   * keeps the inputs of each block and builds the block a second time when its gradient is due.
   *
   * @param graph of the network
   * @param tf the operations that the network is built with
   */
  static BackwardPass recomputing(Graph graph, Ops tf) {
    return new RecomputedBlocks(graph, tf);
  }

  /** What the network must be built through. */
  Segments segments();

  /**
   * Adds the gradients of a loss to the graph. To be called once, after the network and the loss
   * were built.
   *
   * @param loss a scalar
   * @param params the parameters of the network
   * @throws IllegalArgumentException if the loss depends on none of them
   */
  ParameterGradients gradients(Operand<TFloat32> loss, List<Param> params);
}
