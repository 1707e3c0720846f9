package org.perceiveir.model.weights;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.perceiveir.model.safetensors.FloatTensor;

/**
 * A state dict of which every name, shape and number was checked.
 *
 * @param kind what network it is of
 * @param config the network's sizes, read off the shapes: for Restormer and NAFNet a preset
 * @param weights every tensor that the network needs and no other, under the names that this
 *     project uses, in PyTorch's layout
 */
public record RecognisedWeights(
    PublicWeights.Kind kind, ObjectNode config, Map<String, FloatTensor> weights) {

  /** Copies the configuration and the map; the tensors are shared. */
  public RecognisedWeights {
    config = config.deepCopy();
    weights = Map.copyOf(weights);
  }

  /** Number of parameters. */
  public long parameters() {
    return weights.values().stream().mapToLong(t -> t.values().length).sum();
  }
}
