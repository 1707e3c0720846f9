package org.perceiveir.model.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.safetensors.FloatTensor;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;

/**
 * The parameters of one network in a graph.
 *
 * <p>A store of {@linkplain #constants constants} or {@linkplain #frozen frozen variables} holds
 * trained numbers: what is sliced, reordered or folded is computed once, while the graph is built.
 * All others hold variables that can be trained.
 *
 * <p>Those are resource variables: with reference variables the optimiser's in-place update races
 * with the backward pass and the result differs from run to run. Each handle has a shared name of
 * its own, without which all handles would alias one variable. The values live in a {@link
 * Session}, not in the graph.
 */
public final class ParamStore {
  private static final long BYTES_IN_ONE_RUN = 128L << 20;

  private final Ops tf;
  private final String scope;
  private final @Nullable Map<String, FloatTensor> given;
  private final FrozenWeight.Entry entry;
  private final List<Pending> pending = new ArrayList<>();
  private final Map<String, Param> params = new LinkedHashMap<>();
  private final Map<String, Assignment> assignments = new LinkedHashMap<>();

  private record Assignment(Placeholder<TFloat32> value, Op assign) {}

  /** A variable to be filled; its numbers are made when their turn comes. */
  private record Pending(Assignment assignment, Shape shape, Supplier<float[]> values) {}

  /** An empty store for the graph of {@code tf}. */
  public ParamStore(Ops tf) {
    this(tf, "");
  }

  /**
   * An empty store for one of several networks in a graph.
   *
   * @param scope what its variables' names begin with in the graph, for instance {@code semantic.};
   *     names in state dicts stay as they are
   */
  public ParamStore(Ops tf, String scope) {
    this(tf, scope, null, false);
  }

  private ParamStore(
      Ops tf, String scope, @Nullable Map<String, FloatTensor> given, boolean constant) {
    this.tf = tf;
    this.scope = scope;
    this.given = given;
    this.entry = constant ? this::enterConstant : this::enterVariable;
  }

  /**
   * A store whose parameters are constants of the graph, which then is a whole network in itself.
   *
   * <p>A parameter that is missing or misshaped is zero, so that the network can be built to its
   * end; {@link #check} then lists all that does not fit, and must be called before the graph runs.
   *
   * @param weights state dict layout, by name
   */
  public static ParamStore constants(Ops tf, Map<String, FloatTensor> weights) {
    return new ParamStore(tf, "", weights, true);
  }

  /**
   * A store whose numbers are rewritten as {@linkplain #constants constants} are, but are variables
   * in the graph: TensorFlow keeps several copies of a constant and one of a variable.
   *
   * <p>{@link #check} and then {@link #load} must be called before the graph runs.
   *
   * @param scope what its variables' names begin with in the graph
   * @param weights state dict layout, by name
   */
  public static ParamStore frozen(Ops tf, String scope, Map<String, FloatTensor> weights) {
    return new ParamStore(tf, scope, weights, false);
  }

  private Operand<TFloat32> enterConstant(Shape shape, float[] values) {
    return tf.constant(shape, DataBuffers.of(values, true, false));
  }

  private Operand<TFloat32> enterVariable(Shape shape, float[] values) {
    String unique = scope + "frozen." + pending.size();
    VarHandleOp handle = handle(unique, shape);
    pending.add(new Pending(assignment(unique, handle, shape), shape, () -> values));
    return tf.withName(unique + ".value").readVariableOp(handle, TFloat32.class);
  }

  private VarHandleOp handle(String unique, Shape shape) {
    return tf.withName(unique).varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName(unique));
  }

  private Assignment assignment(String unique, VarHandleOp handle, Shape shape) {
    Placeholder<TFloat32> fed =
        tf.withName(unique + ".assigned").placeholder(TFloat32.class, Placeholder.shape(shape));
    return new Assignment(fed, tf.assignVariableOp(handle, fed));
  }

  /**
   * The parameter of that name, made at first use.
   *
   * @param name name in PyTorch's state dict; dots only, no slashes
   * @param layout how its numbers are reordered for the graph
   * @param initializer how it starts when trained from scratch
   * @param torchShape shape in the state dict
   * @throws IllegalStateException if the name exists with another shape
   */
  public Param param(String name, Layout layout, Initializer initializer, long... torchShape) {
    Param known = params.get(name);
    if (known != null) {
      if (!Arrays.equals(known.torchShape(), torchShape)) {
        throw new IllegalStateException(
            "parameter "
                + name
                + " is asked for with shape "
                + Arrays.toString(torchShape)
                + " and exists with "
                + Arrays.toString(known.torchShape()));
      }
      return known;
    }
    long[] graphShape = layout.graphShape(torchShape);
    Shape shape = Shape.of(graphShape);
    if (given != null) {
      float[] values = layout.toGraph(fitting(given, name, torchShape), torchShape);
      Weight weight = new FrozenWeight(entry, graphShape, values);
      Param param = new Param(name, layout, torchShape.clone(), initializer, null, weight);
      params.put(name, param);
      return param;
    }
    String unique = scope + name;
    VarHandleOp handle = handle(unique, shape);
    Operand<TFloat32> value = tf.withName(unique + ".value").readVariableOp(handle, TFloat32.class);
    Weight weight = new VariableWeight(tf, value, graphShape);
    Param param = new Param(name, layout, torchShape.clone(), initializer, handle, weight);
    params.put(name, param);
    assignments.put(name, assignment(unique, handle, shape));
    return param;
  }

  private static float[] fitting(Map<String, FloatTensor> given, String name, long[] torchShape) {
    FloatTensor tensor = given.get(name);
    if (tensor != null && Arrays.equals(tensor.shape(), torchShape)) {
      return tensor.values();
    }
    long size = Arrays.stream(torchShape).reduce(1, Math::multiplyExact);
    return new float[Math.toIntExact(size)];
  }

  /** All parameters in the order in which they were made. */
  public List<Param> params() {
    return List.copyOf(params.values());
  }

  /** Total number of elements. */
  public long count() {
    return params.values().stream().mapToLong(Param::size).sum();
  }

  /**
   * Initial values of every parameter, in state dict layout; the same seed gives the same values.
   */
  public Map<String, FloatTensor> initialValues(long seed) {
    Map<String, FloatTensor> values = new LinkedHashMap<>();
    for (Param p : params.values()) {
      values.put(p.name(), new FloatTensor(p.torchShape(), p.initial(seed)));
    }
    return values;
  }

  /**
   * Sets every parameter in a session.
   *
   * @param values state dict layout, by name
   * @throws IllegalStateException if the parameters are frozen
   * @throws WeightMismatchException listing every missing, unexpected and misshaped tensor
   */
  public void assign(Session session, Map<String, FloatTensor> values) {
    if (given != null) {
      throw new IllegalStateException("frozen parameters cannot be assigned; build on variables");
    }
    check(values);
    List<Pending> all = new ArrayList<>();
    for (Param p : params.values()) {
      Assignment a = assignments.get(p.name());
      if (a == null) {
        throw new IllegalStateException("no assignment for " + p.name());
      }
      FloatTensor given = present(values, p.name());
      all.add(new Pending(a, p.shape(), () -> p.toGraph(given.values())));
    }
    assign(session, all);
  }

  /**
   * Fills the variables of a {@linkplain #frozen frozen} store in a session, once; nothing to do
   * for constants.
   */
  public void load(Session session) {
    assign(session, pending);
    pending.clear();
  }

  /**
   * Fills variables in few runs: the session keeps an executor for every distinct set of feeds, but
   * what a run is fed lies in memory beside the variables.
   */
  private static void assign(Session session, List<Pending> all) {
    int from = 0;
    while (from < all.size()) {
      int to = from;
      long bytes = 0;
      while (to < all.size() && (to == from || bytes + bytes(all.get(to)) <= BYTES_IN_ONE_RUN)) {
        bytes += bytes(all.get(to));
        to++;
      }
      run(session, all.subList(from, to));
      from = to;
    }
  }

  private static long bytes(Pending p) {
    return 4 * p.shape.size();
  }

  private static void run(Session session, List<Pending> group) {
    List<TFloat32> fed = new ArrayList<>(group.size());
    try {
      Session.Runner runner = session.runner();
      for (Pending p : group) {
        TFloat32 tensor = TFloat32.tensorOf(p.shape, DataBuffers.of(p.values.get(), true, false));
        fed.add(tensor);
        runner.feed(p.assignment.value(), tensor).addTarget(p.assignment.assign());
      }
      runner.run().close();
    } finally {
      fed.forEach(TFloat32::close);
    }
  }

  private static FloatTensor present(Map<String, FloatTensor> values, String name) {
    FloatTensor tensor = values.get(name);
    if (tensor == null) {
      throw new IllegalStateException("no value for " + name);
    }
    return tensor;
  }

  /**
   * Compares names and shapes with the parameters'.
   *
   * @throws WeightMismatchException listing every missing, unexpected and misshaped tensor
   */
  public void check(Map<String, FloatTensor> values) {
    List<String> problems = new ArrayList<>();
    for (Param p : params.values()) {
      FloatTensor given = values.get(p.name());
      if (given == null) {
        problems.add("missing " + p.name() + " " + Arrays.toString(p.torchShape()));
      } else if (!Arrays.equals(given.shape(), p.torchShape())) {
        problems.add(
            "misshaped "
                + p.name()
                + ": expected "
                + Arrays.toString(p.torchShape())
                + ", found "
                + Arrays.toString(given.shape()));
      }
    }
    for (String name : values.keySet()) {
      if (!params.containsKey(name)) {
        problems.add("unexpected " + name + " " + Arrays.toString(present(values, name).shape()));
      }
    }
    if (!problems.isEmpty()) {
      throw new WeightMismatchException(problems);
    }
  }

  /** Reads every parameter out of a session, in state dict layout. */
  public Map<String, FloatTensor> fetch(Session session) {
    Session.Runner runner = session.runner();
    params.values().forEach(p -> runner.fetch(p.value()));
    Map<String, FloatTensor> values = new LinkedHashMap<>();
    try (Result result = runner.run()) {
      int i = 0;
      for (Param p : params.values()) {
        float[] graph = new float[p.size()];
        result.get(i++).asRawTensor().data().asFloats().read(graph);
        values.put(p.name(), new FloatTensor(p.torchShape(), p.toTorch(graph)));
      }
    }
    return values;
  }
}
