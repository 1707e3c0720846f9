package org.perceiveir.trainer.gradient;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.perceiveir.model.nn.Param;
import org.perceiveir.model.nn.Segments;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.types.TFloat32;

/** TensorFlow's own backward pass over the whole graph. */
final class KeptActivations implements BackwardPass {
  private final Graph graph;

  KeptActivations(Graph graph) {
    this.graph = graph;
  }

  @Override
  public Segments segments() {
    return Segments.INLINE;
  }

  @Override
  public ParameterGradients gradients(Operand<TFloat32> loss, List<Param> params) {
    // TensorFlow refuses gradients of what the loss does not depend on.
    Set<GraphOperation> reaching = graph.subgraphTo(Set.of(loss));
    List<Param> trained = new ArrayList<>();
    List<Param> untrained = new ArrayList<>();
    for (Param param : params) {
      boolean reached = reaching.contains((GraphOperation) param.value().op());
      (reached ? trained : untrained).add(param);
    }
    Output<?>[] at = trained.stream().map(p -> p.value().asOutput()).toArray(Output<?>[]::new);
    List<Operand<TFloat32>> gradients = new ArrayList<>();
    if (at.length > 0) {
      for (Output<?> gradient : graph.addGradients(loss.asOutput(), at)) {
        gradients.add(gradient.expect(TFloat32.class));
      }
    }
    return new ParameterGradients(trained, gradients, untrained);
  }
}
