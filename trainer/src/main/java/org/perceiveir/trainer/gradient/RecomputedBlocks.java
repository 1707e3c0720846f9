package org.perceiveir.trainer.gradient;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.nn.Param;
import org.perceiveir.model.nn.Segments;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;

/**
 * Gradient checkpointing by block.
 *
 * <pre>
 *   forward    inputs -&gt; block -&gt; y -&gt; StopGradient = c -&gt; whatever stands between blocks
 *
 *   backward   for each block, the last one first:
 *                dc      = the sum of what reaches c
 *                inputs' = Identity(inputs), not before dc is there
 *                y'      = the block built again on inputs', with the same parameters
 *                gradients of y' for inputs' and parameters, given dc
 * </pre>
 *
 * <p><u>Cuts</u>. StopGradient parts the graph into blocks and the plain operations between them,
 * so that each can be differentiated by itself. A gradient that arrives at a block's input waits
 * there until every block that takes this input is done, and then goes back through the plain
 * operations once, to cuts and parameters. The loss is the first that waits.
 *
 * <p><u>Memory</u>. Of a block only its inputs stay from the forward pass. Without the control
 * dependency on dc the executor would recompute everything at once, as soon as the inputs are
 * there, and nothing would be gained.
 *
 * <p><u>Exactness</u>. The recomputed numbers are the same bits. Where more than two gradients meet
 * in one tensor (v, which guides many blocks) they are added in another order than TensorFlow's own
 * backward pass adds them, which moves the last bits of the gradients in front of it.
 *
 * <p><u>Cost of building</u>. Dependencies are followed back from the tensor in question to the
 * nearest cut; no step looks at the whole graph in Java.
 */
final class RecomputedBlocks implements BackwardPass, Segments {
  private final Graph graph;
  private final Ops tf;
  private final List<Segment> tape = new ArrayList<>();

  /** Position on the tape of the segment that ends in a cut. */
  private final Map<GraphOperation, Integer> cuts = new LinkedHashMap<>();

  private record Segment(
      String name, List<Operand<TFloat32>> inputs, Block block, Operand<TFloat32> cut) {}

  RecomputedBlocks(Graph graph, Ops tf) {
    this.graph = graph;
    this.tf = tf;
  }

  @Override
  public Segments segments() {
    return this;
  }

  @Override
  public Operand<TFloat32> segment(String name, List<Operand<TFloat32>> inputs, Block block) {
    List<Operand<TFloat32>> kept = List.copyOf(inputs);
    Operand<TFloat32> cut = tf.stopGradient(block.build(kept));
    cuts.put(operation(cut), tape.size());
    tape.add(new Segment(name, kept, block, cut));
    return cut;
  }

  @Override
  public ParameterGradients gradients(Operand<TFloat32> loss, List<Param> params) {
    return new Backward(params).run(loss);
  }

  private static GraphOperation operation(Operand<?> operand) {
    return (GraphOperation) operand.asOutput().op();
  }

  /**
   * What lies between a tensor and the nearest cuts and parameters in front of it.
   *
   * @param operations all of it, the tensor's operation and the ends included
   * @param ends where it ends, in a fixed order
   */
  private record Region(Set<GraphOperation> operations, List<GraphOperation> ends) {}

  /** A gradient that waits at a tensor between blocks. */
  private static final class Waiting {
    private final Operand<TFloat32> at;

    /** The operations that hold a gradient further: cuts and reads of parameters. */
    private final List<GraphOperation> ends;

    /** The operations between it and its ends, itself and the ends included. */
    private final Set<GraphOperation> region;

    /** Position of the last segment that it depends on, -1 if there is none. */
    private final int lastCut;

    private final List<Operand<TFloat32>> parts = new ArrayList<>();

    Waiting(Operand<TFloat32> at, Region region, int lastCut) {
      this.at = at;
      this.ends = region.ends;
      this.region = region.operations;
      this.lastCut = lastCut;
    }

    boolean isConnectedTo(Waiting other) {
      return region.contains(operation(other.at)) || other.region.contains(operation(at));
    }
  }

  private final class Backward {
    private final List<Param> params;
    private final Map<GraphOperation, Param> reads = new LinkedHashMap<>();
    private final Map<GraphOperation, List<Operand<TFloat32>>> found = new LinkedHashMap<>();
    private final Map<Output<?>, Waiting> waiting = new LinkedHashMap<>();

    Backward(List<Param> params) {
      this.params = params;
      params.forEach(p -> reads.put(operation(p.value()), p));
    }

    ParameterGradients run(Operand<TFloat32> loss) {
      at(loss).parts.add(tf.constant(1f));
      for (int i = tape.size() - 1; i >= 0; i--) {
        int due = i;
        release(waiting.values().stream().filter(w -> w.lastCut == due).toList());
        recompute(tape.get(i));
      }
      release(List.copyOf(waiting.values()));

      List<Param> trained = new ArrayList<>();
      List<Param> untrained = new ArrayList<>();
      List<Operand<TFloat32>> gradients = new ArrayList<>();
      for (Param param : params) {
        Operand<TFloat32> gradient = sum(found.get(operation(param.value())));
        if (gradient == null) {
          untrained.add(param);
        } else {
          trained.add(param);
          gradients.add(gradient);
        }
      }
      return new ParameterGradients(trained, gradients, untrained);
    }

    /** Where a gradient of the operand is left until its turn comes. */
    private Waiting at(Operand<TFloat32> operand) {
      return waiting.computeIfAbsent(
          operand.asOutput(),
          key -> {
            Region region = regionInFrontOf(operand, Set.of());
            int last =
                region.ends.stream().mapToInt(end -> cuts.getOrDefault(end, -1)).max().orElse(-1);
            return new Waiting(operand, region, last);
          });
    }

    /** Sends what waits back through the operations between blocks. */
    private void release(List<Waiting> due) {
      List<Waiting> left = due;
      while (!left.isEmpty()) {
        // Where one of them stands behind another, TensorFlow drops what comes to the one from the
        // other when both are differentiated in one call.
        List<Waiting> together = new ArrayList<>();
        List<Waiting> later = new ArrayList<>();
        for (Waiting w : left) {
          (together.stream().anyMatch(w::isConnectedTo) ? later : together).add(w);
        }
        releaseTogether(together);
        left = later;
      }
    }

    private void releaseTogether(List<Waiting> due) {
      List<Operand<TFloat32>> from = new ArrayList<>();
      List<Operand<TFloat32>> given = new ArrayList<>();
      Set<GraphOperation> ends = new HashSet<>();
      for (Waiting w : due) {
        waiting.remove(w.at.asOutput());
        Operand<TFloat32> gradient = sum(w.parts);
        if (gradient == null) {
          continue;
        }
        if (w.ends.contains(operation(w.at))) {
          // It is a cut or a parameter itself: nothing to go through.
          add(operation(w.at), gradient);
        } else if (!w.ends.isEmpty()) {
          from.add(w.at);
          given.add(gradient);
          ends.addAll(w.ends);
        }
      }
      if (from.isEmpty()) {
        return;
      }
      List<GraphOperation> to = ends.stream().sorted(BY_NAME).toList();
      List<Operand<TFloat32>> at = to.stream().map(RecomputedBlocks::only).toList();
      List<Operand<TFloat32>> gradients = differentiate("between", from, at, given);
      for (int i = 0; i < to.size(); i++) {
        add(to.get(i), gradients.get(i));
      }
    }

    private void recompute(Segment segment) {
      Operand<TFloat32> gradient = sum(found.get(operation(segment.cut)));
      if (gradient == null) {
        return;
      }
      Ops afterGradient = tf.withControlDependencies(List.<Op>of(gradient));
      List<Operand<TFloat32>> inputs = new ArrayList<>();
      Map<GraphOperation, Operand<TFloat32>> originals = new LinkedHashMap<>();
      for (Operand<TFloat32> input : segment.inputs) {
        Operand<TFloat32> again = afterGradient.identity(input);
        inputs.add(again);
        originals.put(operation(again), input);
      }
      Operand<TFloat32> y = segment.block.build(inputs);
      List<GraphOperation> to = new ArrayList<>();
      for (GraphOperation end : regionInFrontOf(y, originals.keySet()).ends) {
        Operand<TFloat32> original = originals.get(end);
        // Nobody asks for the gradient of an input that no parameter stands behind.
        if (original == null || !at(original).ends.isEmpty()) {
          to.add(end);
        }
      }
      if (to.isEmpty()) {
        return;
      }
      List<Operand<TFloat32>> at = to.stream().map(RecomputedBlocks::only).toList();
      List<Operand<TFloat32>> gradients =
          differentiate(segment.name, List.of(y), at, List.of(gradient));
      for (int i = 0; i < to.size(); i++) {
        Operand<TFloat32> original = originals.get(to.get(i));
        if (original == null) {
          add(to.get(i), gradients.get(i));
        } else {
          at(original).parts.add(gradients.get(i));
        }
      }
    }

    private void add(GraphOperation end, Operand<TFloat32> gradient) {
      found.computeIfAbsent(end, e -> new ArrayList<>()).add(gradient);
    }

    /** The region in front of an operand, which ends at the given operations too. */
    private Region regionInFrontOf(Operand<TFloat32> operand, Set<GraphOperation> alsoEndAt) {
      Set<GraphOperation> seen = new HashSet<>();
      Deque<GraphOperation> open = new ArrayDeque<>(List.of(operation(operand)));
      List<GraphOperation> ends = new ArrayList<>();
      while (!open.isEmpty()) {
        GraphOperation op = open.remove();
        if (!seen.add(op)) {
          continue;
        }
        if (cuts.containsKey(op) || reads.containsKey(op) || alsoEndAt.contains(op)) {
          ends.add(op);
        } else if (!op.type().equals("StopGradient")) {
          for (int i = 0; i < op.numInputs(); i++) {
            Output<?> input = op.input(i);
            // No gradient flows through shapes and indices.
            if (input.dataType() == DataType.DT_FLOAT) {
              open.add((GraphOperation) input.op());
            }
          }
        }
      }
      ends.sort(BY_NAME);
      return new Region(seen, ends);
    }
  }

  /** Sets of operations have no order of their own; the order of additions must be fixed. */
  private static final Comparator<GraphOperation> BY_NAME =
      Comparator.comparing(GraphOperation::name);

  private static Operand<TFloat32> only(GraphOperation op) {
    return op.<TFloat32>output(0);
  }

  private @Nullable Operand<TFloat32> sum(@Nullable List<Operand<TFloat32>> parts) {
    if (parts == null || parts.isEmpty()) {
      return null;
    }
    return parts.size() == 1 ? parts.get(0) : tf.math.addN(parts);
  }

  private int differentiations;

  private List<Operand<TFloat32>> differentiate(
      String what,
      List<Operand<TFloat32>> ys,
      List<Operand<TFloat32>> xs,
      List<Operand<TFloat32>> dys) {
    Output<?>[] gradients =
        graph.addGradients(
            "backward." + differentiations++ + "." + what, outputs(ys), outputs(xs), outputs(dys));
    List<Operand<TFloat32>> typed = new ArrayList<>();
    for (Output<?> gradient : gradients) {
      typed.add(gradient.expect(TFloat32.class));
    }
    return typed;
  }

  private static Output<?>[] outputs(List<Operand<TFloat32>> operands) {
    return operands.stream().map(Operand::asOutput).toArray(Output<?>[]::new);
  }
}
