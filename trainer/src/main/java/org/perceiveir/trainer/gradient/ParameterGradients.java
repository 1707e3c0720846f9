package org.perceiveir.trainer.gradient;

import java.util.List;
import org.perceiveir.model.nn.Param;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * The gradients of a loss.
 *
 * @param trained the parameters that the loss depends on, in the order in which they were made
 * @param gradients of each of them, in the same order and of the same shape
 * @param untrained the parameters that the loss does not depend on
 */
public record ParameterGradients(
    List<Param> trained, List<Operand<TFloat32>> gradients, List<Param> untrained) {

  /** Copies the lists. */
  public ParameterGradients {
    trained = List.copyOf(trained);
    gradients = List.copyOf(gradients);
    untrained = List.copyOf(untrained);
    if (trained.isEmpty()) {
      throw new IllegalArgumentException("the loss depends on no parameter");
    }
    if (trained.size() != gradients.size()) {
      throw new IllegalArgumentException(
          trained.size() + " parameters and " + gradients.size() + " gradients");
    }
  }
}
