package org.perceiveir.model.nn;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * Puts the blocks of a network into a graph.
 *
 * <p>A block is a function of its inputs and of parameters. Whoever trains may build it a second
 * time in the backward pass instead of keeping its activations (gradient checkpointing).
 */
public interface Segments {

  /** Each block once, where it stands. */
  Segments INLINE = (name, inputs, block) -> block.build(inputs);

  /**
   * Builds a block.
   *
   * @param name of the block, unique in its network
   * @param inputs everything in the graph that the block depends on, but for parameters
   * @return what the block returns
   */
  Operand<TFloat32> segment(String name, List<Operand<TFloat32>> inputs, Block block);

  /** The operations of one block. */
  @FunctionalInterface
  interface Block {
    /**
     * Adds the block's operations to the graph; may be called more than once.
     *
     * @param inputs of the shapes that were given to {@link #segment}
     */
    Operand<TFloat32> build(List<Operand<TFloat32>> inputs);
  }
}
