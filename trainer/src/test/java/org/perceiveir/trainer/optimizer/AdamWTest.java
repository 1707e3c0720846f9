package org.perceiveir.trainer.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.model.nn.Initializer;
import org.perceiveir.model.nn.Layout;
import org.perceiveir.model.nn.Param;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.safetensors.FloatTensor;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** The optimizer against the same formula written down once more, in double precision. */
final class AdamWTest {
  private static final int STEPS = 50;

  /** One vector of three and one of two elements, whose gradients are fed. */
  private static final int[] SIZES = {3, 2};

  @ParameterizedTest
  @ValueSource(doubles = {0.1, Double.POSITIVE_INFINITY})
  void shouldFollowTheFormulaOverFiftySteps(double clip) {
    AdamWConfig config = new AdamWConfig(0.9, 0.999, 1e-8, 0.05, clip, 0.9);
    CosineSchedule schedule = new CosineSchedule(STEPS, 5, 1e-2, 1e-4);
    Random random = new Random(3);
    double[][] x = {{0.5, -1, 2}, {1e-3, -0.2}};
    double[][] m = new double[2][3];
    double[][] v = new double[2][3];
    double[][] a = {x[0].clone(), x[1].clone()};
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      ParamStore store = new ParamStore(tf);
      List<Param> params =
          List.of(
              store.param("p", Layout.PLAIN, Initializer.ZEROS, 3),
              store.param("q", Layout.PLAIN, Initializer.ZEROS, 2));
      List<Placeholder<TFloat32>> fed =
          params.stream()
              .map(p -> tf.placeholder(TFloat32.class, Placeholder.shape(p.shape())))
              .toList();
      List<Operand<TFloat32>> gradients = List.copyOf(fed);
      AdamW adamw = new AdamW(tf, params, gradients, config);
      try (Session session = new Session(graph)) {
        Map<String, FloatTensor> first = Map.of("p", tensor(x[0], 3), "q", tensor(x[1], 2));
        store.assign(session, first);
        adamw.clearMoments(session);
        adamw.setAverage(session, first);
        for (int step = 0; step < STEPS; step++) {
          double[][] g = gradients(random, step);
          Session.Runner runner = session.runner();
          try (TFloat32 g0 = fed(g[0], 3);
              TFloat32 g1 = fed(g[1], 2)) {
            runner.feed(fed.get(0), g0).feed(fed.get(1), g1);
            float[] norm =
                adamw.step(runner, step, schedule.at(step), List.of(adamw.gradientNorm()));
            assertThat((double) norm[0]).isCloseTo(norm(g), within(1e-5 * norm(g)));
          }
          reference(x, m, v, a, g, step, schedule.at(step), config);
        }
        for (int k = 0; k < 2; k++) {
          String name = params.get(k).name();
          isClose(store.fetch(session), name, x[k]);
          isClose(adamw.firstMoments(session), name, m[k]);
          isClose(adamw.secondMoments(session), name, v[k]);
          isClose(adamw.average(session), name, a[k]);
        }
      }
    }
  }

  /** Some tiny ones among them: there epsilon decides, and its bias correction shows. */
  private static double[][] gradients(Random random, int step) {
    double[][] g = new double[2][3];
    for (int k = 0; k < 2; k++) {
      for (int i = 0; i < SIZES[k]; i++) {
        g[k][i] = (float) (random.nextGaussian() * (i == 1 ? 1e-8 : 0.3) * (1 + step % 7));
      }
    }
    return g;
  }

  private static double norm(double[][] g) {
    double squares = 0;
    for (int k = 0; k < 2; k++) {
      for (int i = 0; i < SIZES[k]; i++) {
        squares += g[k][i] * g[k][i];
      }
    }
    return Math.sqrt(squares);
  }

  private static void reference(
      double[][] x,
      double[][] m,
      double[][] v,
      double[][] a,
      double[][] g,
      int step,
      double lr,
      AdamWConfig c) {
    double scale = Math.min(1, c.clipNorm() / norm(g));
    double d = Math.min(c.averageDecay(), (1.0 + step) / (10.0 + step));
    for (int k = 0; k < 2; k++) {
      for (int i = 0; i < SIZES[k]; i++) {
        double gradient = g[k][i] * scale;
        x[k][i] -= lr * c.weightDecay() * x[k][i];
        m[k][i] = c.beta1() * m[k][i] + (1 - c.beta1()) * gradient;
        v[k][i] = c.beta2() * v[k][i] + (1 - c.beta2()) * gradient * gradient;
        double mHat = m[k][i] / (1 - Math.pow(c.beta1(), step + 1));
        double vHat = v[k][i] / (1 - Math.pow(c.beta2(), step + 1));
        x[k][i] -= lr * mHat / (Math.sqrt(vHat) + c.epsilon());
        a[k][i] -= (1 - d) * (a[k][i] - x[k][i]);
      }
    }
  }

  private static FloatTensor tensor(double[] values, int size) {
    return new FloatTensor(new long[] {size}, floats(values, size));
  }

  private static TFloat32 fed(double[] values, int size) {
    return TFloat32.tensorOf(Shape.of(size), DataBuffers.of(floats(values, size), true, false));
  }

  private static float[] floats(double[] values, int size) {
    float[] floats = new float[size];
    for (int i = 0; i < size; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private static void isClose(Map<String, FloatTensor> found, String name, double[] expected) {
    FloatTensor tensor = found.get(name);
    assertThat(tensor).isNotNull();
    float[] values = tensor == null ? new float[0] : tensor.values();
    for (int i = 0; i < values.length; i++) {
      assertThat((double) values[i])
          .as(name + "[" + i + "]")
          .isCloseTo(expected[i], within(1e-6 + 1e-5 * Math.abs(expected[i])));
    }
  }

  @Test
  void shouldRefuseSettingsOutsideTheirRange() {
    assertThatThrownBy(() -> new AdamWConfig(1, 0.9, 1e-8, 0, 1, 0.9))
        .hasMessageContaining("beta1 is 1.0");
    assertThatThrownBy(() -> new AdamWConfig(0.9, 0.9, 0, 0, 1, 0.9))
        .hasMessageContaining("epsilon");
    assertThatThrownBy(() -> new AdamWConfig(0.9, 0.9, 1e-8, 0, Double.NaN, 0.9))
        .hasMessageContaining("clip norm");
  }

  @Test
  void shouldWarmUpThenFallToTheFinalRate() {
    CosineSchedule schedule = new CosineSchedule(1000, 100, 1e-3, 1e-6);
    assertThat(schedule.at(0)).isCloseTo(1e-5, within(1e-12));
    assertThat(schedule.at(99)).isCloseTo(1e-3, within(1e-12));
    assertThat(schedule.at(100)).isCloseTo(1e-3, within(1e-12));
    assertThat(schedule.at(550)).isCloseTo((1e-3 + 1e-6) / 2, within(1e-12));
    assertThat(schedule.at(1000)).isCloseTo(1e-6, within(1e-12));
  }
}
