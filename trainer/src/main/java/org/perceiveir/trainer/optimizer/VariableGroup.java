package org.perceiveir.trainer.optimizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.perceiveir.model.nn.Param;
import org.perceiveir.model.safetensors.FloatTensor;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;

/**
 * Variables that stand one for each parameter, set and read as a whole, in PyTorch layout.
 *
 * <p>All are set in one run of the session: a session prepares and keeps an executor of the graph
 * for each set of feeds that it sees, which takes some 40 ms on a training graph and would come to
 * 15 s for 400 variables set one by one.
 */
public final class VariableGroup {
  private final String what;
  private final List<Param> params;
  private final List<Operand<TFloat32>> values = new ArrayList<>();
  private final List<Placeholder<TFloat32>> fed = new ArrayList<>();
  private final Op assign;

  /**
   * Adds the operations that set and read the variables.
   *
   * @param tf of the variables' graph
   * @param what they are, for messages
   * @param params the parameters they stand for
   * @param handles the variables, in the same order
   */
  VariableGroup(Ops tf, String what, List<Param> params, List<VarHandleOp> handles) {
    this.what = what;
    this.params = List.copyOf(params);
    List<Op> assignments = new ArrayList<>();
    for (int i = 0; i < handles.size(); i++) {
      Placeholder<TFloat32> placeholder =
          tf.placeholder(TFloat32.class, Placeholder.shape(this.params.get(i).shape()));
      fed.add(placeholder);
      assignments.add(tf.assignVariableOp(handles.get(i), placeholder));
      values.add(tf.readVariableOp(handles.get(i), TFloat32.class));
    }
    assign = tf.withControlDependencies(assignments).noOp();
  }

  /** The parameters themselves. */
  public static VariableGroup of(Ops tf, List<Param> params) {
    return new VariableGroup(tf, "weights", params, params.stream().map(Param::handle).toList());
  }

  /** The read of a variable. */
  Operand<TFloat32> value(int index) {
    return values.get(index);
  }

  /**
   * Sets every variable.
   *
   * @throws IllegalArgumentException if one is missing or has another shape
   */
  public void assign(Session session, Map<String, FloatTensor> tensors) {
    assign(
        session,
        param -> {
          FloatTensor given = tensors.get(param.name());
          if (given == null || !Arrays.equals(given.shape(), param.torchShape())) {
            throw new IllegalArgumentException(
                what + " lack " + param.name() + " or have another shape for it");
          }
          return param.toGraph(given.values());
        });
  }

  /** Sets every variable to zero. */
  void clear(Session session) {
    assign(session, param -> new float[param.size()]);
  }

  /** Numbers are asked for one variable after the other: there is no second set of them. */
  private void assign(Session session, Function<Param, float[]> graphValues) {
    Session.Runner runner = session.runner().addTarget(assign);
    List<TFloat32> open = new ArrayList<>();
    try {
      for (int i = 0; i < params.size(); i++) {
        Param param = params.get(i);
        TFloat32 tensor =
            TFloat32.tensorOf(param.shape(), DataBuffers.of(graphValues.apply(param), true, false));
        open.add(tensor);
        runner.feed(fed.get(i), tensor);
      }
      runner.run().close();
    } finally {
      open.forEach(TFloat32::close);
    }
  }

  /** Reads every variable; a new map that the caller may change. */
  public Map<String, FloatTensor> fetch(Session session) {
    Session.Runner runner = session.runner();
    values.forEach(runner::fetch);
    Map<String, FloatTensor> tensors = new LinkedHashMap<>();
    try (Result result = runner.run()) {
      for (int i = 0; i < params.size(); i++) {
        Param param = params.get(i);
        float[] graph = new float[param.size()];
        result.get(i).asRawTensor().data().asFloats().read(graph);
        tensors.put(param.name(), new FloatTensor(param.torchShape(), param.toTorch(graph)));
      }
    }
    return tensors;
  }
}
