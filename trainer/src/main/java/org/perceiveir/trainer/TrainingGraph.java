package org.perceiveir.trainer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
import org.perceiveir.trainer.loss.DifficultyBook;
import org.perceiveir.trainer.loss.LossSources;
import org.perceiveir.trainer.loss.LossTerms;
import org.perceiveir.trainer.optimizer.AdamW;
import org.perceiveir.trainer.optimizer.AdamWConfig;
import org.perceiveir.trainer.optimizer.GradientAccumulator;
import org.perceiveir.trainer.optimizer.VariableGroup;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TType;

/**
 * Network, loss, gradients and optimizer as one graph, so that a step is one call of the session;
 * with accumulation one call for each batch and one for the update.
 *
 * <p>The loss is that of {@link LossTerms}, {@code L_rec} alone where nothing else is asked for.
 */
final class TrainingGraph {
  private final ParamStore params;
  private final ParamStore frozen;
  private final Map<String, FloatTensor> encoderWeights;
  private final VariableGroup weights;
  private final Placeholder<TFloat32> degraded;
  private final Placeholder<TFloat32> clean;
  private final LossTerms losses;
  private final List<Operand<TFloat32>> fetches;
  private final AdamW optimizer;
  private final @Nullable GradientAccumulator accumulator;
  private final int accumulation;
  private final List<Param> trained;
  private final List<String> untrained;
  private boolean remarked;

  /**
   * The scalars of a step; with accumulation the means over its batches.
   *
   * @param loss the total before the update
   * @param gradientNorm before clipping
   * @param terms each term that is on before its weight, by the names of {@link LossTerms}
   * @param remark what the user should be told, once in a run
   */
  record StepResult(
      float loss, float gradientNorm, Map<String, Float> terms, Optional<String> remark) {}

  /**
   * How the graph is trained, beside the optimizer's settings.
   *
   * @param gradientCheckpointing whether the backward pass recomputes the blocks of the network
   *     instead of keeping what they made
   * @param accumulation batches of one update, at least 1
   * @param epochSteps steps of an epoch, which the bookkeeping of L_dpl's negatives goes by
   */
  record Options(boolean gradientCheckpointing, int accumulation, int epochSteps) {
    /** Everything kept, one batch a step, one endless epoch. */
    static final Options PLAIN = new Options(false, 1, Integer.MAX_VALUE);

    Options {
      if (accumulation < 1 || epochSteps < 1) {
        throw new IllegalArgumentException(
            "accumulation " + accumulation + " and epoch of " + epochSteps + ": both are from 1");
      }
    }
  }

  TrainingGraph(Graph graph, Preset preset, AdamWConfig config) {
    this(graph, preset, null, config, false);
  }

  /** A graph that trains with L_rec alone, one batch a step. */
  TrainingGraph(
      Graph graph,
      Preset preset,
      @Nullable FrozenEncoder encoder,
      AdamWConfig config,
      boolean gradientCheckpointing) {
    this(
        graph,
        preset,
        encoder,
        LossSources.none(),
        config,
        new Options(gradientCheckpointing, 1, Options.PLAIN.epochSteps()));
  }

  /**
   * Builds the graph.
   *
   * @param encoder the frozen encoder of a preset with semantic guidance, else null
   * @param sources the losses and what they lean on
   * @throws org.perceiveir.trainer.config.ConfigException if a loss needs a part that the preset
   *     has not
   */
  TrainingGraph(
      Graph graph,
      Preset preset,
      @Nullable FrozenEncoder encoder,
      LossSources sources,
      AdamWConfig config,
      Options options) {
    Ops tf = Ops.create(graph);
    params = new ParamStore(tf);
    BackwardPass backward =
        options.gradientCheckpointing()
            ? BackwardPass.recomputing(graph, tf)
            : BackwardPass.keeping(graph);
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
    Operand<TFloat32> z = preset.cfe() == null ? null : network.features(degraded);
    Operand<TFloat32> restored = network.restore(degraded, z, semantic);
    losses =
        new LossTerms(
            tf,
            sources,
            network,
            new LossTerms.Pass(degraded, clean, restored, z),
            options.epochSteps());

    weights = VariableGroup.of(tf, params.params());

    GradientTraps.check(graph);

    ParameterGradients gradients = backward.gradients(losses.total(), params.params());
    trained = gradients.trained();
    untrained = gradients.untrained().stream().map(Param::name).toList();
    accumulation = options.accumulation();
    accumulator =
        accumulation == 1
            ? null
            : new GradientAccumulator(tf, trained, gradients.gradients(), accumulation);
    optimizer =
        new AdamW(
            tf, trained, accumulator == null ? gradients.gradients() : accumulator.means(), config);
    fetches = new ArrayList<>(List.of(losses.total()));
    fetches.addAll(losses.terms().values());
    losses.squaredErrors().ifPresent(fetches::add);
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
   * @throws org.perceiveir.model.nn.WeightMismatchException listing every tensor of a frozen
   *     network that does not fit
   */
  void load(Session session) {
    frozen.assign(session, encoderWeights);
    losses.load(session);
  }

  /** Names of the terms of the loss that are on, in order. */
  List<String> terms() {
    return List.copyOf(losses.terms().keySet());
  }

  /** The bookkeeping of L_dpl's negatives, which a checkpoint must hold; empty without any. */
  Optional<DifficultyBook> difficulty() {
    return losses.book();
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

  /** One update with one batch, whose step it is. */
  StepResult step(Session session, TrainingBatch batch, double learningRate) {
    return step(session, batch.step(), List.of(batch), learningRate);
  }

  /**
   * One update.
   *
   * @param step of the training, from 0
   * @param batches as many as are accumulated
   * @throws IllegalArgumentException if there are more or less, or a batch lacks what a loss needs
   */
  StepResult step(Session session, int step, List<TrainingBatch> batches, double learningRate) {
    if (batches.size() != accumulation) {
      throw new IllegalArgumentException(
          batches.size() + " batches for an update of " + accumulation);
    }
    losses.book().ifPresent(book -> book.begin(step));
    Measured measured = new Measured();
    Optional<String> remark = Optional.empty();
    float norm = 0;
    for (int i = 0; i < accumulation; i++) {
      TrainingBatch batch = batches.get(i);
      if (!remarked) {
        remark = losses.remark(batch);
        remarked = remark.isPresent();
      }
      Session.Runner runner = session.runner();
      List<TType> open = new ArrayList<>();
      try {
        feed(runner, degraded, batch, batch.degraded(), open);
        feed(runner, clean, batch, batch.clean(), open);
        open.addAll(losses.feed(runner, batch));
        float[] numbers;
        if (accumulator == null) {
          List<Operand<TFloat32>> all = new ArrayList<>(List.of(optimizer.gradientNorm()));
          all.addAll(fetches);
          float[] withNorm = optimizer.step(runner, step, learningRate, all);
          norm = withNorm[0];
          numbers = Arrays.copyOfRange(withNorm, 1, withNorm.length);
        } else {
          accumulator.accumulate(runner, i);
          numbers = AdamW.numbers(runner, fetches);
        }
        measured.add(numbers);
      } finally {
        open.forEach(TType::close);
      }
    }
    if (accumulator != null) {
      norm =
          optimizer
              .step(session.runner(), step, learningRate, List.of(optimizer.gradientNorm()))[0];
    }
    return new StepResult(measured.loss(), norm, measured.terms(), remark);
  }

  private static void feed(
      Session.Runner runner,
      Placeholder<TFloat32> to,
      TrainingBatch batch,
      float[] pixels,
      List<TType> open) {
    Shape shape = Shape.of(batch.count(), batch.size(), batch.size(), 3);
    TFloat32 tensor = TFloat32.tensorOf(shape, DataBuffers.of(pixels, true, false));
    open.add(tensor);
    runner.feed(to, tensor);
  }

  /** What the batches of a step gave. */
  private final class Measured {
    private double loss;
    private final Map<String, Double> terms = new LinkedHashMap<>();

    /** Numbers in the order of {@link TrainingGraph#fetches}. */
    void add(float[] numbers) {
      loss += numbers[0];
      int at = 1;
      for (String name : losses.terms().keySet()) {
        terms.merge(name, (double) numbers[at++], Double::sum);
      }
      int from = at;
      losses
          .book()
          .ifPresent(book -> book.count(Arrays.copyOfRange(numbers, from, numbers.length)));
    }

    float loss() {
      return (float) (loss / accumulation);
    }

    Map<String, Float> terms() {
      Map<String, Float> means = new LinkedHashMap<>();
      terms.forEach((name, sum) -> means.put(name, (float) (sum / accumulation)));
      return means;
    }
  }
}
