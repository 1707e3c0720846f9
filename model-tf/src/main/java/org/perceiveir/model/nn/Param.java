package org.perceiveir.model.nn;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;

/**
 * One parameter of a network, known by its PyTorch name: a variable of a graph that can be trained,
 * or numbers that no longer change ({@link ParamStore#constants}, {@link ParamStore#frozen}).
 */
public final class Param {
  private final String name;
  private final Layout layout;
  private final long[] torchShape;
  private final Initializer initializer;
  private final @Nullable VarHandleOp handle;
  private final Weight weight;

  Param(
      String name,
      Layout layout,
      long[] torchShape,
      Initializer initializer,
      @Nullable VarHandleOp handle,
      Weight weight) {
    this.name = name;
    this.layout = layout;
    this.torchShape = torchShape;
    this.initializer = initializer;
    this.handle = handle;
    this.weight = weight;
  }

  /** Name in PyTorch's state dict, for instance {@code encoder_level1.0.attn.qkv.weight}. */
  public String name() {
    return name;
  }

  /** Shape in PyTorch's state dict. */
  public long[] torchShape() {
    return torchShape.clone();
  }

  /** Shape in the graph. */
  public Shape shape() {
    return Shape.of(layout.graphShape(torchShape));
  }

  /** Number of elements. */
  public int size() {
    long size = 1;
    for (long side : torchShape) {
      size = Math.multiplyExact(size, side);
    }
    return Math.toIntExact(size);
  }

  /**
   * The variable's resource handle.
   *
   * @throws IllegalStateException if the parameter is frozen
   */
  public VarHandleOp handle() {
    if (handle == null) {
      throw new IllegalStateException(
          "parameter " + name + " is frozen; build on variables to train or assign it");
    }
    return handle;
  }

  /**
   * The one read of the variable that the network uses, or the frozen numbers; gradients are taken
   * with respect to it.
   */
  public Operand<TFloat32> value() {
    return weight.operand();
  }

  /** The parameter in terms that rewrites work on. */
  Weight weight() {
    return weight;
  }

  /** Numbers in state dict order, reordered for the graph. */
  public float[] toGraph(float[] torch) {
    return layout.toGraph(torch, torchShape);
  }

  /** Numbers in graph order, reordered for the state dict. */
  public float[] toTorch(float[] graph) {
    return layout.toTorch(graph, torchShape);
  }

  /** Initial numbers in state dict order; they depend on the seed and the name alone. */
  public float[] initial(long seed) {
    return initializer.make(size(), seed ^ fnv1a(name));
  }

  private static long fnv1a(String text) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    return hash;
  }

  @Override
  public String toString() {
    return name + shape();
  }
}
