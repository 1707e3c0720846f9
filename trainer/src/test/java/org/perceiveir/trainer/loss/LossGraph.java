package org.perceiveir.trainer.loss;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.perceiveir.testkit.SharedFolder;
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

/** A graph of a loss on fed arrays, which runs once, with its gradients. */
final class LossGraph implements AutoCloseable {
  private final Graph graph = new Graph();
  final Ops tf = Ops.create(graph);
  private final Map<Placeholder<TFloat32>, FloatTensor> feeds = new LinkedHashMap<>();

  /** The reference numbers in a file; skips the test where there are none. */
  static SafeTensors goldens(String file) throws IOException {
    return SafeTensors.read(SharedFolder.require("goldens/" + file));
  }

  Placeholder<TFloat32> feed(FloatTensor value) {
    Placeholder<TFloat32> p =
        tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(value.shape())));
    feeds.put(p, value);
    return p;
  }

  /** A fed NCHW image, as NHWC. */
  Placeholder<TFloat32> feedNchw(FloatTensor value) {
    return feed(permuted(value, false));
  }

  /** The loss, then its gradient for each operand. */
  List<FloatTensor> run(
      Operand<TFloat32> loss, List<? extends Operand<TFloat32>> at, Consumer<Session> load) {
    List<Operand<TFloat32>> fetches = new ArrayList<>(List.of(loss));
    Output<?>[] xs = at.stream().map(Operand::asOutput).toArray(Output<?>[]::new);
    for (Output<?> gradient : graph.addGradients(loss.asOutput(), xs)) {
      // Two gradients may be one tensor, which cannot be fetched twice.
      fetches.add(tf.identity(gradient.expect(TFloat32.class)));
    }
    List<TFloat32> open = new ArrayList<>();
    ConfigProto config =
        ConfigProto.newBuilder()
            .setGraphOptions(
                GraphOptions.newBuilder()
                    .setRewriteOptions(RewriterConfig.newBuilder().setDisableMetaOptimizer(true)))
            .build();
    try (Session session = new Session(graph, config)) {
      load.accept(session);
      Session.Runner runner = session.runner();
      feeds.forEach(
          (p, v) -> {
            TFloat32 t =
                TFloat32.tensorOf(Shape.of(v.shape()), DataBuffers.of(v.values(), true, false));
            open.add(t);
            runner.feed(p, t);
          });
      fetches.forEach(runner::fetch);
      List<FloatTensor> found = new ArrayList<>();
      try (Result result = runner.run()) {
        for (int i = 0; i < fetches.size(); i++) {
          float[] v = new float[(int) result.get(i).size()];
          result.get(i).asRawTensor().data().asFloats().read(v);
          found.add(new FloatTensor(result.get(i).shape().asArray(), v));
        }
      }
      return found;
    } finally {
      open.forEach(TFloat32::close);
    }
  }

  /** NHWC to NCHW. */
  static FloatTensor toNchw(FloatTensor t) {
    return permuted(t, true);
  }

  private static FloatTensor permuted(FloatTensor t, boolean fromNhwc) {
    int n = (int) t.shape()[0];
    int c = (int) t.shape()[fromNhwc ? 3 : 1];
    int h = (int) t.shape()[fromNhwc ? 1 : 2];
    int w = (int) t.shape()[fromNhwc ? 2 : 3];
    float[] values = new float[n * c * h * w];
    for (int b = 0; b < n; b++) {
      for (int k = 0; k < c; k++) {
        for (int p = 0; p < h * w; p++) {
          int nchw = (b * c + k) * h * w + p;
          int nhwc = (b * h * w + p) * c + k;
          values[fromNhwc ? nchw : nhwc] = t.values()[fromNhwc ? nhwc : nchw];
        }
      }
    }
    return new FloatTensor(fromNhwc ? new long[] {n, c, h, w} : new long[] {n, h, w, c}, values);
  }

  /** Largest absolute difference; infinite where something is not a number. */
  static double difference(FloatTensor a, FloatTensor b) {
    if (a.values().length != b.values().length) {
      throw new IllegalArgumentException(a.values().length + " against " + b.values().length);
    }
    double max = 0;
    for (int i = 0; i < a.values().length; i++) {
      double d = Math.abs((double) a.values()[i] - b.values()[i]);
      max = Double.isNaN(d) ? Double.POSITIVE_INFINITY : Math.max(max, d);
    }
    return max;
  }

  /** Largest absolute value. */
  static double largest(FloatTensor a) {
    return difference(a, new FloatTensor(a.shape(), new float[a.values().length]));
  }

  @Override
  public void close() {
    graph.close();
  }
}
