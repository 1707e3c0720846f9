package org.perceiveir.trainer.gradient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.perceiveir.model.network.PerceiveIrNetwork;
import org.perceiveir.model.nn.Param;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.preset.Backbone;
import org.perceiveir.model.preset.Preset;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.RewriterConfig;
import org.tensorflow.types.TFloat32;

/** Gradients of recomputed blocks against TensorFlow's own backward pass. */
final class BackwardPassTest {
  private static final int SIDE = 32;

  /** Sums of the same float32 numbers in another order, over the largest gradient of a tensor. */
  private static final double REORDERED = 1e-5;

  private static final Backbone RESTORMER =
      new Backbone.Restormer(8, List.of(1, 1, 1, 2), 1, List.of(1, 2, 4, 8), 2.66, false);
  private static final Backbone NAFNET = new Backbone.NafNet(8, List.of(1, 1), 2, List.of(2, 1));
  private static final Preset.Cfe CFE = new Preset.Cfe(List.of(8, 8), 1, 6);
  private static final Preset.Sgm SGM = new Preset.Sgm("given", 12);

  static Stream<Arguments> networks() {
    Preset.Pgm perBlock = new Preset.Pgm(true, Preset.Projection.LINEAR);
    Preset.Pgm perLevel = new Preset.Pgm(false, Preset.Projection.CONV1X1);
    Preset.Pgca both = new Preset.Pgca(true);
    // Nothing but the guidance meets in more than two gradients: without it the bits are the same.
    return Stream.of(
        Arguments.of(new Preset("restormer", RESTORMER, null, null, null, null), 0),
        Arguments.of(
            new Preset("restormer-guided", RESTORMER, CFE, SGM, perBlock, both), REORDERED),
        Arguments.of(
            new Preset("restormer-level", RESTORMER, CFE, SGM, perLevel, new Preset.Pgca(false)),
            REORDERED),
        Arguments.of(new Preset("restormer-semantic", RESTORMER, null, SGM, perBlock, both), 0),
        Arguments.of(new Preset("nafnet", NAFNET, null, null, null, null), 0),
        Arguments.of(new Preset("nafnet-guided", NAFNET, CFE, SGM, perBlock, both), REORDERED),
        Arguments.of(new Preset("nafnet-level", NAFNET, CFE, null, perLevel, both), REORDERED),
        Arguments.of(
            new Preset(
                "nafnet-folded",
                new Backbone.NafNet(8, 2, List.of(1, 1), 1, List.of(1, 1)),
                CFE,
                null,
                perBlock,
                null),
            REORDERED),
        Arguments.of(Preset.named("compact"), REORDERED));
  }

  @ParameterizedTest
  @MethodSource("networks")
  void shouldGiveTheGradientsOfThePlainBackwardPass(Preset preset, double tolerance) {
    Gradients plain = gradients(preset, false);
    Gradients recomputed = gradients(preset, true);

    assertThat(recomputed.loss).isEqualTo(plain.loss);
    assertThat(recomputed.names).isEqualTo(plain.names).isNotEmpty();
    assertThat(recomputed.untrained).isEqualTo(plain.untrained);
    for (int i = 0; i < plain.names.size(); i++) {
      float[] expected = plain.values.get(i);
      float[] found = recomputed.values.get(i);
      double scale = 0;
      double worst = 0;
      for (int k = 0; k < expected.length; k++) {
        scale = Math.max(scale, Math.abs(expected[k]));
        worst = Math.max(worst, Math.abs((double) expected[k] - found[k]));
      }
      assertThat(scale).as(plain.names.get(i)).isPositive();
      assertThat(worst / scale).as(plain.names.get(i)).isLessThanOrEqualTo(tolerance);
    }
  }

  private record Gradients(
      float loss, List<String> names, List<float[]> values, List<String> untrained) {}

  private static Gradients gradients(Preset preset, boolean recomputing) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      ParamStore params = new ParamStore(tf);
      BackwardPass backward =
          recomputing ? BackwardPass.recomputing(graph, tf) : BackwardPass.keeping(graph);
      PerceiveIrNetwork network = PerceiveIrNetwork.build(tf, params, preset, backward.segments());
      Random random = new Random(3);
      Operand<TFloat32> images = constant(tf, random, 2, SIDE, SIDE, 3);
      Operand<TFloat32> clean = constant(tf, random, 2, SIDE, SIDE, 3);
      List<Operand<TFloat32>> semantic = new ArrayList<>();
      Preset.Sgm sgm = preset.sgm();
      for (int l = 0; sgm != null && l < 4; l++) {
        semantic.add(constant(tf, random, 2, sgm.features()));
      }
      Operand<TFloat32> z = preset.cfe() == null ? null : network.features(images);
      Operand<TFloat32> restored = network.restore(images, z, semantic);
      Operand<TFloat32> loss =
          tf.math.mean(tf.math.abs(tf.math.sub(restored, clean)), tf.array(0, 1, 2, 3));
      ParameterGradients gradients = backward.gradients(loss, params.params());

      try (Session session = new Session(graph, config())) {
        // Scales that start at zero would hide the gradients of what stands behind them.
        // Seed 7 has a temperature whose gradient nearly cancels, to 1e-5: its rounding is no
        // measure.
        var weights = params.initialValues(8);
        weights.forEach(
            (name, tensor) -> {
              if (name.endsWith(".beta") || name.endsWith(".gamma")) {
                Arrays.fill(tensor.values(), 0.5f);
              }
            });
        params.assign(session, weights);
        Session.Runner runner = session.runner().fetch(loss);
        gradients.gradients().forEach(runner::fetch);
        List<float[]> values = new ArrayList<>();
        try (Result result = runner.run()) {
          for (int i = 0; i <= gradients.gradients().size(); i++) {
            float[] value = new float[(int) result.get(i).size()];
            result.get(i).asRawTensor().data().asFloats().read(value);
            values.add(value);
          }
        }
        return new Gradients(
            values.get(0)[0],
            gradients.trained().stream().map(Param::name).toList(),
            values.subList(1, values.size()),
            gradients.untrained().stream().map(Param::name).toList());
      }
    }
  }

  private static Operand<TFloat32> constant(Ops tf, Random random, long... shape) {
    float[] values = new float[(int) Shape.of(shape).size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat();
    }
    return tf.constant(Shape.of(shape), DataBuffers.of(values));
  }

  private static ConfigProto config() {
    return ConfigProto.newBuilder()
        .setIntraOpParallelismThreads(1)
        .setInterOpParallelismThreads(2)
        .setGraphOptions(
            GraphOptions.newBuilder()
                .setRewriteOptions(RewriterConfig.newBuilder().setDisableMetaOptimizer(true)))
        .build();
  }

  /** Else the executor recomputes while it computes, and both sets of activations are there. */
  @Test
  void shouldRecomputeNoBlockBeforeItsGradientIsThere() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      ParamStore params = new ParamStore(tf);
      BackwardPass backward = BackwardPass.recomputing(graph, tf);
      Preset preset = new Preset("restormer", RESTORMER, null, null, null, null);
      Operand<TFloat32> images = constant(tf, new Random(1), 1, SIDE, SIDE, 3);
      Operand<TFloat32> restored =
          PerceiveIrNetwork.build(tf, params, preset, backward.segments()).restore(images);
      Operand<TFloat32> loss = tf.math.mean(restored, tf.array(0, 1, 2, 3));
      int blocks = count(graph, "StopGradient");
      assertThat(blocks).isEqualTo(3 + 2 + 3 + 1);
      int softmaxes = count(graph, "Softmax");
      backward.gradients(loss, params.params());

      assertThat(count(graph, "Softmax")).isEqualTo(2 * softmaxes);
      List<GraphOperation> again = new ArrayList<>();
      graph
          .operations()
          .forEachRemaining(
              op -> {
                if (op.type().equals("Identity") && op.numControlInputs() > 0) {
                  again.add(op);
                }
              });
      assertThat(again).hasSize(blocks);
      assertThat(again)
          .allSatisfy(
              op ->
                  assertThat(op.controlInputs())
                      .allMatch(
                          on -> on.name().startsWith("backward.") || on.type().equals("AddN")));
    }
  }

  private static int count(Graph graph, String type) {
    int count = 0;
    for (var it = graph.operations(); it.hasNext(); ) {
      count += it.next().type().equals(type) ? 1 : 0;
    }
    return count;
  }

  @Test
  void shouldRefuseALossThatDependsOnNoParameter() {
    for (boolean recomputing : new boolean[] {false, true}) {
      try (Graph graph = new Graph()) {
        Ops tf = Ops.create(graph);
        BackwardPass backward =
            recomputing ? BackwardPass.recomputing(graph, tf) : BackwardPass.keeping(graph);
        assertThatThrownBy(() -> backward.gradients(tf.constant(2f), List.of()))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("no parameter");
      }
    }
  }
}
