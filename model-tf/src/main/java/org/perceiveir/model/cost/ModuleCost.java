package org.perceiveir.model.cost;

/**
 * What one module of a network costs for one frame.
 *
 * @param stage where it stands, for instance {@code encoder 1}
 * @param part what it is, for instance {@code GDFN}
 * @param parameters trainable numbers
 * @param macs multiply-accumulates of its convolutions and matrix products
 * @param keptBytes activations that wait for a backward pass without checkpointing
 */
public record ModuleCost(String stage, String part, long parameters, long macs, long keptBytes) {

  ModuleCost plus(ModuleCost other) {
    return new ModuleCost(
        stage, part, parameters + other.parameters, macs + other.macs, keptBytes + other.keptBytes);
  }
}
