package org.perceiveir.model.cost;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.nn.Param;
import org.perceiveir.model.nn.ParamStore;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;

/**
 * The operations of one network's graph, counted by module.
 *
 * <p>The graph is read once into arrays, in the order in which its operations were made, which is
 * an order in which they can run: an operation can only take what is there.
 */
final class CountedGraph {

  /** Operations whose output is their input's memory under another shape. */
  private static final Set<String> SAME_MEMORY =
      Set.of("Reshape", "Identity", "StopGradient", "ExpandDims", "Squeeze");

  /** Operations that multiply and accumulate, but that nothing here counts. */
  private static final Set<String> UNKNOWN_PRODUCTS =
      Set.of("Einsum", "Conv3D", "Conv", "XlaDot", "FusedConv2DBiasActivation", "SparseMatMul");

  private final Map<ModuleNames.Module, Long> macs = new LinkedHashMap<>();
  private final Map<ModuleNames.Module, Long> keptBytes = new LinkedHashMap<>();
  private final long inferencePeakBytes;

  private final List<Node> nodes = new ArrayList<>();
  private final Map<GraphOperation, Integer> indices = new HashMap<>();

  /** One operation. */
  private static final class Node {
    final GraphOperation op;
    final String type;

    /** Operations that it takes something from, by index. */
    final int[] inputs;

    /** Bytes of all its float32 outputs. */
    final long bytes;

    /** Whether it depends on the frame, not on parameters and constants alone. */
    boolean onFrame;

    ModuleNames.@Nullable Module module;

    Node(GraphOperation op, int[] inputs, long bytes) {
      this.op = op;
      this.type = op.type();
      this.inputs = inputs;
      this.bytes = bytes;
    }
  }

  /**
   * Counts; adds the backward pass to the graph.
   *
   * @param restored what the network makes
   * @param modules the module of a parameter by its name
   */
  CountedGraph(
      Graph graph,
      ParamStore params,
      Operand<TFloat32> restored,
      Function<String, ModuleNames.Module> modules) {
    boolean[] needed = countForward(graph, params, restored, modules);
    int forward = nodes.size();
    inferencePeakBytes = peak(needed);
    Output<?>[] at =
        params.params().stream()
            .filter(p -> needed[index(p.value())])
            .map(p -> p.value().asOutput())
            .toArray(Output<?>[]::new);
    Placeholder<TFloat32> gradient =
        Ops.create(graph).placeholder(TFloat32.class, Placeholder.shape(restored.shape()));
    graph.addGradients(
        "backward",
        new Output<?>[] {restored.asOutput()},
        at,
        new Output<?>[] {gradient.asOutput()});
    read(graph);
    countKept(forward, index(gradient));
  }

  /** Counts a network that is not trained: no backward pass, nothing kept. */
  private CountedGraph(
      Graph graph, ParamStore params, Operand<TFloat32> output, ModuleNames.Module whole) {
    inferencePeakBytes = peak(countForward(graph, params, output, name -> whole));
  }

  /** Counts a network that is not trained, all of it as one module. */
  static CountedGraph frozen(
      Graph graph, ParamStore params, Operand<TFloat32> output, ModuleNames.Module whole) {
    return new CountedGraph(graph, params, output, whole);
  }

  /** Counts the forward pass and says which operations the output needs. */
  private boolean[] countForward(
      Graph graph,
      ParamStore params,
      Operand<TFloat32> output,
      Function<String, ModuleNames.Module> modules) {
    Map<GraphOperation, Param> reads = new HashMap<>();
    params.params().forEach(p -> reads.put((GraphOperation) p.value().op(), p));
    read(graph);
    assignModules(reads, modules);
    boolean[] needed = neededFor(index(output));
    for (int i = 0; i < needed.length; i++) {
      if (needed[i]) {
        countMacs(nodes.get(i));
      }
    }
    return needed;
  }

  Map<ModuleNames.Module, Long> macs() {
    return macs;
  }

  Map<ModuleNames.Module, Long> keptBytes() {
    return keptBytes;
  }

  long inferencePeakBytes() {
    return inferencePeakBytes;
  }

  private int index(Operand<?> operand) {
    return index((GraphOperation) operand.asOutput().op());
  }

  private int index(GraphOperation op) {
    Integer index = indices.get(op);
    if (index == null) {
      throw new IllegalStateException(op.name() + " is made after what takes it");
    }
    return index;
  }

  /** Reads the operations that are not known yet. */
  private void read(Graph graph) {
    for (Iterator<GraphOperation> it = graph.operations(); it.hasNext(); ) {
      GraphOperation op = it.next();
      if (indices.containsKey(op)) {
        continue;
      }
      int[] inputs = new int[op.numInputs()];
      for (int i = 0; i < inputs.length; i++) {
        inputs[i] = index((GraphOperation) op.input(i).op());
      }
      long bytes = 0;
      for (int i = 0; i < op.numOutputs(); i++) {
        Output<?> output = op.output(i);
        if (output.dataType() == DataType.DT_FLOAT && !output.shape().hasUnknownDimension()) {
          bytes += 4 * Math.max(1, output.shape().size());
        }
      }
      indices.put(op, nodes.size());
      nodes.add(new Node(op, inputs, bytes));
    }
  }

  private void assignModules(
      Map<GraphOperation, Param> reads, Function<String, ModuleNames.Module> modules) {
    for (Node node : nodes) {
      Param param = reads.get(node.op);
      if (param != null) {
        node.module = modules.apply(param.name());
        continue;
      }
      node.onFrame = node.inputs.length == 0 && node.type.equals("Placeholder");
      follow(node);
    }
    // What stands in front of the first parameter belongs to whoever takes it.
    for (int i = nodes.size() - 1; i >= 0; i--) {
      Node node = nodes.get(i);
      for (int input : node.inputs) {
        Node before = nodes.get(input);
        if (before.module == null && before.onFrame) {
          before.module = node.module;
        }
      }
    }
  }

  /** The module of an operation that reads no variable. */
  private void follow(Node node) {
    int nearest = -1;
    ModuleNames.Module byParameter = null;
    for (int input : node.inputs) {
      Node before = nodes.get(input);
      node.onFrame |= before.onFrame;
      if (before.module == null) {
        continue;
      }
      if (before.onFrame) {
        nearest = Math.max(nearest, input);
      } else {
        byParameter = before.module;
      }
    }
    if (byParameter != null) {
      node.module = byParameter;
    } else if (nearest >= 0) {
      node.module = nodes.get(nearest).module;
    }
  }

  private boolean[] neededFor(int last) {
    boolean[] needed = new boolean[nodes.size()];
    needed[last] = true;
    for (int i = last; i >= 0; i--) {
      if (needed[i]) {
        for (int input : nodes.get(i).inputs) {
          needed[input] = true;
        }
      }
    }
    return needed;
  }

  private void countMacs(Node node) {
    long count =
        switch (node.type) {
          case "Conv2D" -> {
            // (kernel height, kernel width, channels in / groups, channels out)
            Shape kernel = shape(node, 1);
            yield outputSize(node) * kernel.get(0) * kernel.get(1) * kernel.get(2);
          }
          case "DepthwiseConv2dNative" -> {
            Shape kernel = shape(node, 1);
            yield outputSize(node) * kernel.get(0) * kernel.get(1);
          }
          case "MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3" -> {
            // Not by sizes: a matrix that broadcasts over a batch is smaller than what it does.
            boolean transposed =
                node.op
                    .attributes()
                    .getAttrBool(node.type.equals("MatMul") ? "transpose_a" : "adj_x");
            Shape left = shape(node, 0);
            yield outputSize(node) * left.get(left.numDimensions() - (transposed ? 2 : 1));
          }
          default -> {
            if (UNKNOWN_PRODUCTS.contains(node.type)) {
              throw new IllegalStateException(
                  "operation " + node.op.name() + " of type " + node.type + " cannot be counted");
            }
            yield 0;
          }
        };
    if (count > 0) {
      macs.merge(known(node), count, Long::sum);
    }
  }

  private static ModuleNames.Module known(Node node) {
    if (node.module == null) {
      throw new IllegalStateException("operation " + node.op.name() + " belongs to no module");
    }
    return node.module;
  }

  private static long outputSize(Node node) {
    return known(node.op.output(0).shape(), node).size();
  }

  private static Shape shape(Node node, int input) {
    return known(node.op.input(input).shape(), node);
  }

  private static Shape known(Shape shape, Node node) {
    if (shape.hasUnknownDimension()) {
      throw new IllegalStateException(
          "operation " + node.op.name() + " has a shape that is not known: " + shape);
    }
    return shape;
  }

  /** The operation that made the memory which an operation's output lies in. */
  private int memory(int index) {
    int at = index;
    while (SAME_MEMORY.contains(nodes.get(at).type)) {
      at = nodes.get(at).inputs[0];
    }
    return at;
  }

  private long peak(boolean[] needed) {
    int[] lastReader = new int[nodes.size()];
    Arrays.fill(lastReader, -1);
    for (int i = 0; i < needed.length; i++) {
      if (needed[i]) {
        lastReader[memory(i)] = Math.max(lastReader[memory(i)], i);
        for (int input : nodes.get(i).inputs) {
          lastReader[memory(input)] = i;
        }
      }
    }
    List<List<Integer>> diesAfter = new ArrayList<>();
    for (int i = 0; i < needed.length; i++) {
      diesAfter.add(new ArrayList<>());
    }
    for (int i = 0; i < needed.length; i++) {
      if (needed[i] && memory(i) == i && nodes.get(i).onFrame) {
        diesAfter.get(lastReader[i]).add(i);
      }
    }
    long alive = 0;
    long peak = 0;
    for (int i = 0; i < needed.length; i++) {
      if (needed[i] && memory(i) == i && nodes.get(i).onFrame) {
        alive += sized(nodes.get(i));
      }
      peak = Math.max(peak, alive);
      for (int dead : diesAfter.get(i)) {
        alive -= nodes.get(dead).bytes;
      }
    }
    return peak;
  }

  private static long sized(Node node) {
    for (int i = 0; i < node.op.numOutputs(); i++) {
      Output<?> output = node.op.output(i);
      if (output.dataType() == DataType.DT_FLOAT) {
        known(output.shape(), node);
      }
    }
    return node.bytes;
  }

  /** Counts each tensor in front of the gradient that something behind the gradient reads. */
  private void countKept(int forward, int gradient) {
    boolean[] behind = new boolean[nodes.size()];
    behind[gradient] = true;
    Set<Integer> kept = new HashSet<>();
    for (int i = forward; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      if (i != gradient) {
        follow(node);
      }
      for (int input : node.inputs) {
        behind[i] |= behind[input];
      }
      if (behind[i]) {
        for (int input : node.inputs) {
          if (!behind[input] && nodes.get(input).onFrame) {
            kept.add(memory(input));
          }
        }
      }
    }
    for (int i : kept) {
      Node node = nodes.get(i);
      long bytes = sized(node);
      if (bytes > 0) {
        keptBytes.merge(known(node), bytes, Long::sum);
      }
    }
  }
}
