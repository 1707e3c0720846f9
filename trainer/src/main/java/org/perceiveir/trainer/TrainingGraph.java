package org.perceiveir.trainer;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.bundle.FrozenEncoder;
import org.perceiveir.model.network.PerceiveIrNetwork;
import org.perceiveir.model.nn.Param;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.semantic.SemanticGuidance;
import org.perceiveir.trainer.checkpoint.Checkpoint;
import org.perceiveir.trainer.data.TrainingBatch;
import org.perceiveir.trainer.gradient.BackwardPass;
import org.perceiveir.trainer.gradient.ParameterGradients;
import org.perceiveir.trainer.optimizer.AdamW;
import org.perceiveir.trainer.optimizer.AdamWConfig;
import org.perceiveir.trainer.optimizer.VariableGroup;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.RewriterConfig;
import org.tensorflow.types.TFloat32;

/**
 * Network, loss, gradients and optimizer as one graph, so that a step is one call of the session.
 *
 * <p>The loss is {@code L_rec} of section III-D of the paper, the mean absolute error over batch,
 * pixels and channels. The output is not clipped to 0..1: outside of that range the gradient must
 * still point back.
 */
final class TrainingGraph {
  private final ParamStore params;
  private final ParamStore frozen;
  private final Map<String, FloatTensor> encoderWeights;
  private final VariableGroup weights;
  private final Placeholder<TFloat32> degraded;
  private final Placeholder<TFloat32> clean;
  private final Operand<TFloat32> loss;
  private final AdamW optimizer;
  private final List<Param> trained;
  private final List<String> untrained;

  /**
   * The scalars of a step.
   *
   * @param loss before the update
   * @param gradientNorm before clipping
   */
  record StepResult(float loss, float gradientNorm) {}

  TrainingGraph(Graph graph, Preset preset, AdamWConfig config) {
    this(graph, preset, null, config, false);
  }

  /**
   * Builds the graph.
   *
   * @param encoder the frozen encoder of a preset with semantic guidance, else null
   * @param gradientCheckpointing whether the backward pass recomputes the blocks of the network
   *     instead of keeping what they made
   */
  TrainingGraph(
      Graph graph,
      Preset preset,
      @Nullable FrozenEncoder encoder,
      AdamWConfig config,
      boolean gradientCheckpointing) {
    Ops tf = Ops.create(graph);
    params = new ParamStore(tf);
    BackwardPass backward =
        gradientCheckpointing ? BackwardPass.recomputing(graph, tf) : BackwardPass.keeping(graph);
    Placeholder.Options anySize = Placeholder.shape(Shape.of(-1, -1, -1, 3));
    degraded = tf.withName("degraded").placeholder(TFloat32.class, anySize);
    clean = tf.withName("clean").placeholder(TFloat32.class, anySize);
    frozen = new ParamStore(tf, "semantic.");
    encoderWeights = encoder == null ? Map.of() : encoder.weights();
    Preset.Sgm sgm = preset.sgm();
    List<Operand<TFloat32>> semantic =
        sgm == null || encoder == null
            ? List.of()
            : SemanticGuidance.of(tf, frozen, sgm, encoder).features(degraded);
    PerceiveIrNetwork network = PerceiveIrNetwork.build(tf, params, preset, backward.segments());
    Operand<TFloat32> restored =
        network.restore(
            degraded, preset.cfe() == null ? null : network.features(degraded), semantic);
    Operand<TFloat32> error = tf.math.abs(tf.math.sub(restored, clean));
    loss = tf.math.mean(error, tf.array(0, 1, 2, 3));

    weights = VariableGroup.of(tf, params.params());

    GradientTraps.check(graph);

    ParameterGradients gradients = backward.gradients(loss, params.params());
    trained = gradients.trained();
    untrained = gradients.untrained().stream().map(Param::name).toList();
    optimizer = new AdamW(tf, gradients.trained(), gradients.gradients(), config);
  }

  /** How a session of this graph computes, with that many threads or 0 for all processors. */
  static ConfigProto sessionConfig(int wanted) {
    int threads = wanted == 0 ? Runtime.getRuntime().availableProcessors() : wanted;
    // The graph optimizer costs 10 to 40 s before the first step and gains nothing after it.
    return ConfigProto.newBuilder()
        .setIntraOpParallelismThreads(threads)
        .setInterOpParallelismThreads(Math.min(2, threads))
        .setGraphOptions(
            GraphOptions.newBuilder()
                .setRewriteOptions(RewriterConfig.newBuilder().setDisableMetaOptimizer(true)))
        .build();
  }

  /** Number of elements of all parameters. */
  long parameterCount() {
    return params.count();
  }

  /** First values of all parameters, drawn from a seed. */
  Map<String, FloatTensor> initialWeights(long seed) {
    return params.initialValues(seed);
  }

  /** All parameters as they are now. */
  Map<String, FloatTensor> weights(Session session) {
    return weights.fetch(session);
  }

  /**
   * Sets all parameters.
   *
   * @throws org.perceiveir.model.nn.WeightMismatchException listing every tensor that does not fit
   */
  void setWeights(Session session, Map<String, FloatTensor> values) {
    params.check(values);
    weights.assign(session, values);
  }

  /** Parameters that the loss does not depend on; they keep their first values. */
  List<String> untrained() {
    return untrained;
  }

  AdamW optimizer() {
    return optimizer;
  }

  /**
   * Fills what is not trained, once in a session.
   *
   * @throws org.perceiveir.model.nn.WeightMismatchException listing every tensor of the encoder
   *     that does not fit
   */
  void load(Session session) {
    frozen.assign(session, encoderWeights);
  }

  /** Starts with the given weights and an optimizer that has seen nothing. */
  void start(Session session, Map<String, FloatTensor> weights) {
    setWeights(session, weights);
    optimizer.clearMoments(session);
    optimizer.setAverage(session, weights);
  }

  /** What a checkpoint holds, each group fetched when it is asked for. */
  List<Checkpoint.Group> state(Session session) {
    Map<String, long[]> all = shapes(params.params());
    Map<String, long[]> updated = shapes(trained);
    return List.of(
        new Checkpoint.Group("weight/", all, () -> weights(session)),
        new Checkpoint.Group("m/", updated, () -> optimizer.firstMoments(session)),
        new Checkpoint.Group("v/", updated, () -> optimizer.secondMoments(session)),
        new Checkpoint.Group("average/", updated, () -> optimizer.average(session)));
  }

  private static Map<String, long[]> shapes(List<Param> of) {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    of.forEach(p -> shapes.put(p.name(), p.torchShape()));
    return shapes;
  }

  /** The averaged weights, and the plain ones of parameters that are not trained. */
  Map<String, FloatTensor> averagedWeights(Session session) {
    Map<String, FloatTensor> average = optimizer.average(session);
    if (!untrained.isEmpty()) {
      weights(session).forEach(average::putIfAbsent);
    }
    return average;
  }

  StepResult step(Session session, TrainingBatch batch, double learningRate) {
    Shape shape = Shape.of(batch.count(), batch.size(), batch.size(), 3);
    try (TFloat32 input = TFloat32.tensorOf(shape, DataBuffers.of(batch.degraded(), true, false));
        TFloat32 target = TFloat32.tensorOf(shape, DataBuffers.of(batch.clean(), true, false))) {
      float[] values =
          optimizer.step(
              session.runner().feed(degraded, input).feed(clean, target),
              batch.step(),
              learningRate,
              List.of(loss, optimizer.gradientNorm()));
      return new StepResult(values[0], values[1]);
    }
  }
}
