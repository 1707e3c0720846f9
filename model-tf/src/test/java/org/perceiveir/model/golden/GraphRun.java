package org.perceiveir.model.golden;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.perceiveir.model.nn.Param;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.safetensors.FloatTensor;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.RewriterConfig;
import org.tensorflow.types.TFloat32;

/** A graph that a test builds from fed arrays, with its parameters, runs once and reads back. */
public final class GraphRun implements AutoCloseable {
  private final Graph graph = new Graph();

  /** The operations of the graph. */
  public final Ops tf = Ops.create(graph);

  /** Its parameters. */
  public final ParamStore params = new ParamStore(tf);

  private final Map<Placeholder<TFloat32>, FloatTensor> feeds = new LinkedHashMap<>();

  /** The graph, for a session of the test's own. */
  public Graph graph() {
    return graph;
  }

  /** A fed tensor, as it is. */
  public Placeholder<TFloat32> feed(FloatTensor value) {
    Placeholder<TFloat32> p =
        tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(value.shape())));
    feeds.put(p, value);
    return p;
  }

  /** A fed NCHW image or feature map, as NHWC. */
  public Placeholder<TFloat32> feedNchw(FloatTensor value) {
    return feed(toNhwc(value));
  }

  /** Gradients of {@code loss} with respect to each operand. */
  public List<Output<TFloat32>> gradients(Operand<TFloat32> loss, List<Operand<TFloat32>> xs) {
    Output<?>[] inputs = xs.stream().map(Operand::asOutput).toArray(Output<?>[]::new);
    List<Output<TFloat32>> result = new ArrayList<>();
    for (Output<?> g : graph.addGradients(loss.asOutput(), inputs)) {
      @SuppressWarnings("unchecked") // every operand here is float32
      Output<TFloat32> typed = (Output<TFloat32>) g;
      result.add(typed);
    }
    return result;
  }

  /** Gradients of {@code loss} with respect to each parameter. */
  public List<Output<TFloat32>> paramGradients(Operand<TFloat32> loss) {
    List<Operand<TFloat32>> values = new ArrayList<>();
    for (Param p : params.params()) {
      values.add(p.value());
    }
    return gradients(loss, values);
  }

  /** Assigns the weights, feeds what was fed and fetches. */
  public List<FloatTensor> run(
      Map<String, FloatTensor> weights, List<? extends Operand<TFloat32>> fetches) {
    ConfigProto config =
        ConfigProto.newBuilder()
            .setGraphOptions(
                GraphOptions.newBuilder()
                    .setRewriteOptions(RewriterConfig.newBuilder().setDisableMetaOptimizer(true)))
            .build();
    List<TFloat32> tensors = new ArrayList<>();
    try (Session session = new Session(graph, config)) {
      params.assign(session, weights);
      Session.Runner runner = session.runner();
      feeds.forEach(
          (p, v) -> {
            TFloat32 t =
                TFloat32.tensorOf(Shape.of(v.shape()), DataBuffers.of(v.values(), true, false));
            tensors.add(t);
            runner.feed(p, t);
          });
      fetches.forEach(f -> runner.fetch(f));
      List<FloatTensor> values = new ArrayList<>();
      try (Result result = runner.run()) {
        for (int i = 0; i < fetches.size(); i++) {
          float[] v = new float[(int) result.get(i).size()];
          result.get(i).asRawTensor().data().asFloats().read(v);
          values.add(new FloatTensor(result.get(i).shape().asArray(), v));
        }
      }
      return values;
    } finally {
      tensors.forEach(TFloat32::close);
    }
  }

  /** NCHW to NHWC. */
  public static FloatTensor toNhwc(FloatTensor t) {
    return permute(t, new int[] {0, 2, 3, 1});
  }

  /** NHWC to NCHW. */
  public static FloatTensor toNchw(FloatTensor t) {
    return permute(t, new int[] {0, 3, 1, 2});
  }

  private static FloatTensor permute(FloatTensor t, int[] order) {
    long[] in = t.shape();
    long[] out = new long[4];
    for (int i = 0; i < 4; i++) {
      out[i] = in[order[i]];
    }
    float[] values = new float[t.values().length];
    long[] at = new long[4];
    for (int i = 0; i < values.length; i++) {
      long rest = i;
      for (int d = 3; d >= 0; d--) {
        at[order[d]] = rest % out[d];
        rest /= out[d];
      }
      long source = ((at[0] * in[1] + at[1]) * in[2] + at[2]) * in[3] + at[3];
      values[i] = t.values()[(int) source];
    }
    return new FloatTensor(out, values);
  }

  /** Largest absolute difference. */
  public static double maxDifference(FloatTensor a, FloatTensor b) {
    return maxDifference(a.values(), b.values());
  }

  /** Largest absolute difference; not a number anywhere makes it infinite. */
  public static double maxDifference(float[] a, float[] b) {
    if (a.length != b.length) {
      throw new IllegalArgumentException(a.length + " numbers against " + b.length);
    }
    double max = 0;
    for (int i = 0; i < a.length; i++) {
      double d = Math.abs((double) a[i] - b[i]);
      max = Double.isNaN(d) ? Double.POSITIVE_INFINITY : Math.max(max, d);
    }
    return max;
  }

  @Override
  public void close() {
    graph.close();
  }
}
