package org.perceiveir.trainer.prompt;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.clip.ClipConfig;
import org.perceiveir.model.clip.ClipImageEncoder;
import org.perceiveir.model.clip.ClipTextEncoder;
import org.perceiveir.model.clip.PromptProbabilities;
import org.perceiveir.model.nn.Layout;
import org.perceiveir.model.nn.Param;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.perceiver.PerceiverBundle;
import org.perceiveir.model.perceiver.PerceiverForm;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.vit.TokenLayers;
import org.perceiveir.trainer.checkpoint.Checkpoint;
import org.perceiveir.trainer.checkpoint.CheckpointFile;
import org.perceiveir.trainer.gradient.BackwardPass;
import org.perceiveir.trainer.gradient.ParameterGradients;
import org.perceiveir.trainer.optimizer.AdamW;
import org.perceiveir.trainer.optimizer.VariableGroup;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * Both encoders, the prompts, eq. 1 and the optimizer as one graph.
 *
 * <pre>
 *   f = mean of the features of an image's views,   T = features of the prompts
 *   L = - mean over images of log softmax(logitScale cos(f, T)) at the image's tier
 * </pre>
 *
 * <p>With public CLIP only the context vectors are trained. An image encoder from scratch is
 * trained with them, and so is its text encoder unless the prompts are fixed.
 */
final class PromptGraph {
  private static final double CONTEXT_DEVIATION = 0.02;

  private final PromptTrainingConfig config;
  private final ClipConfig clip;
  private final PromptTokens tokens;
  private final ParamStore image;
  private final ParamStore text;
  private final ParamStore prompts;
  private final Map<String, FloatTensor> given;
  private final Placeholder<TFloat32> pixels;
  private final Placeholder<TFloat32> labels;
  private final Operand<TFloat32> textFeatures;
  private final Operand<TFloat32> loss;
  private final Operand<TFloat32> accuracy;
  private final List<Param> trainable;
  private final @Nullable Updates updates;

  /**
   * What trains the graph; there is none where nothing learns.
   *
   * @param weights all that may learn
   * @param trained what the loss depends on
   * @param optimizer of those
   */
  private record Updates(VariableGroup weights, List<Param> trained, AdamW optimizer) {}

  /**
   * The scalars of a step.
   *
   * @param loss before the update
   * @param gradientNorm before clipping
   * @param accuracy share of images whose tier was the most likely, before the update
   */
  record StepResult(float loss, float gradientNorm, float accuracy) {}

  /**
   * Builds the graph.
   *
   * @param clip sizes of the encoders
   * @param given weights of public CLIP by OpenAI's names; empty for encoders from scratch
   */
  PromptGraph(
      Graph graph,
      PromptTrainingConfig config,
      ClipConfig clip,
      PromptTokens tokens,
      Map<String, FloatTensor> given) {
    this.config = config;
    this.clip = clip;
    this.tokens = tokens;
    this.given = given;
    Ops tf = Ops.create(graph);
    image = new ParamStore(tf, "image.");
    text = new ParamStore(tf, "text.");
    prompts = new ParamStore(tf, "prompts.");
    int tiers = config.prompts().words().size();
    int size = clip.imageSize();
    pixels =
        tf.withName("pixels")
            .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, size, size, 3)));
    labels =
        tf.withName("labels").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, tiers)));

    ClipImageEncoder images = new ClipImageEncoder(tf, image, clip);
    int views =
        (config.views().hasWindows() ? config.windows() : 0) + (config.views().whole() ? 1 : 0);
    Operand<TFloat32> ofViews = images.encode(config.views().prepared(tf, pixels, images));
    Operand<TFloat32> features =
        views == 1
            ? ofViews
            : tf.math.mean(tf.reshape(ofViews, tf.array(-1, views, clip.embedDim())), tf.array(1));

    textFeatures = textFeatures(tf, new ClipTextEncoder(tf, text, clip));
    PromptProbabilities probabilities = new PromptProbabilities(tf, config.logitScale());
    Operand<TFloat32> logits = probabilities.logits(features, textFeatures);
    loss =
        tf.math.neg(
            tf.math.mean(
                tf.reduceSum(tf.math.mul(tf.nn.logSoftmax(logits), labels), tf.array(1)),
                tf.array(0)));
    accuracy =
        tf.math.mean(
            tf.dtypes.cast(
                tf.math.equal(
                    tf.math.argMax(logits, tf.constant(1)), tf.math.argMax(labels, tf.constant(1))),
                TFloat32.class),
            tf.array(0));

    trainable = new ArrayList<>(prompts.params());
    if (given.isEmpty()) {
      trainable.addAll(image.params());
      if (config.prompts().learned()) {
        trainable.addAll(text.params());
      }
    }
    updates = trainable.isEmpty() ? null : updates(graph, tf);
  }

  private Operand<TFloat32> textFeatures(Ops tf, ClipTextEncoder encoder) {
    Operand<TFloat32> embedded = encoder.embed(tf.constant(tokens.ids()));
    if (config.prompts().learned()) {
      int length = config.prompts().length();
      Param context =
          prompts.param(
              PerceiverBundle.CONTEXT,
              Layout.PLAIN,
              TokenLayers.deviation(CONTEXT_DEVIATION),
              tokens.rows().size(),
              length,
              clip.textWidth());
      embedded = encoder.withContext(embedded, context.value(), length);
    }
    return encoder.encodeEmbeddings(embedded, tokens.ends());
  }

  private Updates updates(Graph graph, Ops tf) {
    VariableGroup weights = VariableGroup.of(tf, trainable);
    ParameterGradients gradients = BackwardPass.keeping(graph).gradients(loss, trainable);
    AdamW optimizer = new AdamW(tf, gradients.trained(), gradients.gradients(), config.optimizer());
    return new Updates(weights, gradients.trained(), optimizer);
  }

  private Updates learning() {
    if (updates == null) {
      throw new IllegalStateException("fixed prompts on public CLIP have nothing to learn");
    }
    return updates;
  }

  /** Whether anything learns: fixed prompts on public CLIP do not. */
  boolean learns() {
    return updates != null;
  }

  /** Number of elements of what learns. */
  long parameterCount() {
    return trainable.stream().mapToLong(Param::size).sum();
  }

  /**
   * Fills everything with first numbers and an optimizer that has seen nothing.
   *
   * @throws org.perceiveir.model.nn.WeightMismatchException listing what does not fit of public
   *     CLIP
   */
  void start(Session session) {
    Map<String, FloatTensor> first = firstWeights();
    image.assign(session, only(first, image));
    text.assign(session, only(first, text));
    if (!prompts.params().isEmpty()) {
      prompts.assign(session, only(first, prompts));
    }
    if (updates != null) {
      updates.optimizer.clearMoments(session);
      updates.optimizer.setAverage(session, first);
    }
  }

  private static Map<String, FloatTensor> only(Map<String, FloatTensor> all, ParamStore store) {
    Map<String, FloatTensor> some = new LinkedHashMap<>();
    for (Param param : store.params()) {
      FloatTensor value = all.get(param.name());
      if (value != null) {
        some.put(param.name(), value);
      }
    }
    return some;
  }

  private Map<String, FloatTensor> firstWeights() {
    Map<String, FloatTensor> first = new LinkedHashMap<>();
    if (given.isEmpty()) {
      first.putAll(image.initialValues(config.seed()));
      if (!config.views().spectrum()) {
        first.put(
            ClipImageEncoder.PREFIX + "conv1.weight",
            PatchBasis.of(clip.visionWidth(), clip.patch()));
      }
      first.putAll(text.initialValues(config.seed()));
    } else {
      first.putAll(given);
    }
    first.putAll(prompts.initialValues(config.seed()));
    if (config.prompts().initialisation() == Prompts.Initialisation.PARTIAL) {
      putWords(first);
    }
    return first;
  }

  /** Puts the embeddings of each tier's words at the end of its context. */
  private void putWords(Map<String, FloatTensor> first) {
    FloatTensor context = present(first, PerceiverBundle.CONTEXT);
    FloatTensor table = present(first, "token_embedding.weight");
    float[] values = context.values().clone();
    int width = clip.textWidth();
    int length = config.prompts().length();
    for (int tier = 0; tier < tokens.words().size(); tier++) {
      List<Integer> word = tokens.words().get(tier);
      for (int i = 0; i < word.size(); i++) {
        int place = tier * length + length - word.size() + i;
        System.arraycopy(table.values(), word.get(i) * width, values, place * width, width);
      }
    }
    first.put(PerceiverBundle.CONTEXT, new FloatTensor(context.shape(), values));
  }

  private static FloatTensor present(Map<String, FloatTensor> tensors, String name) {
    FloatTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalStateException("there is no " + name);
    }
    return tensor;
  }

  /** Goes on from a checkpoint, after {@link #start} filled what it does not hold. */
  void resume(Session session, CheckpointFile from) throws java.io.IOException {
    Updates all = learning();
    all.weights.assign(session, from.weights());
    all.optimizer.setFirstMoments(session, from.firstMoments());
    all.optimizer.setSecondMoments(session, from.secondMoments());
    all.optimizer.setAverage(session, from.average());
  }

  /** What a checkpoint holds, each group fetched when it is asked for. */
  List<Checkpoint.Group> state(Session session) {
    Updates all = learning();
    Map<String, long[]> every = shapes(trainable);
    Map<String, long[]> updated = shapes(all.trained);
    return List.of(
        new Checkpoint.Group("weight/", every, () -> all.weights.fetch(session)),
        new Checkpoint.Group("m/", updated, () -> all.optimizer.firstMoments(session)),
        new Checkpoint.Group("v/", updated, () -> all.optimizer.secondMoments(session)),
        new Checkpoint.Group("average/", updated, () -> all.optimizer.average(session)));
  }

  private static Map<String, long[]> shapes(List<Param> of) {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    of.forEach(p -> shapes.put(p.name(), p.torchShape()));
    return shapes;
  }

  StepResult step(Session session, PromptBatch batch, double learningRate) {
    Updates all = learning();
    int size = clip.imageSize();
    Shape shape = Shape.of((long) batch.count() * batch.views(), size, size, 3);
    Shape labelShape = Shape.of(batch.count(), tokens.rows().size());
    try (TFloat32 input = TFloat32.tensorOf(shape, DataBuffers.of(batch.pixels(), true, false));
        TFloat32 target =
            TFloat32.tensorOf(labelShape, DataBuffers.of(batch.labels(), true, false))) {
      float[] values =
          all.optimizer.step(
              session.runner().feed(pixels, input).feed(labels, target),
              batch.step(),
              learningRate,
              List.of(loss, all.optimizer.gradientNorm(), accuracy));
      return new StepResult(values[0], values[1], values[2]);
    }
  }

  /** Sizes and tiers of the perceiver that this makes. */
  PerceiverForm form() {
    return new PerceiverForm(
        clip,
        config.prompts().words(),
        config.logitScale(),
        config.views(),
        config.encoder().origin());
  }

  /**
   * The tensors of a perceiver as they are now, averaged where weights are averaged.
   *
   * <p>The prompts' features follow from averaged weights too: these take the place of the plain
   * ones for one run of the text encoder, and the plain ones come back bit for bit.
   */
  Map<String, FloatTensor> perceiver(Session session) {
    Map<String, FloatTensor> result = new LinkedHashMap<>(image.fetch(session));
    if (updates == null) {
      result.put(PerceiverBundle.TEXT_FEATURES, fetchTextFeatures(session));
      return result;
    }
    Map<String, FloatTensor> plain = updates.weights.fetch(session);
    Map<String, FloatTensor> served = new LinkedHashMap<>(plain);
    if (config.optimizer().averageDecay() > 0) {
      served.putAll(updates.optimizer.average(session));
    }
    updates.weights.assign(session, served);
    try {
      result.put(PerceiverBundle.TEXT_FEATURES, fetchTextFeatures(session));
    } finally {
      updates.weights.assign(session, plain);
    }
    result.replaceAll((name, tensor) -> served.getOrDefault(name, tensor));
    FloatTensor context = served.get(PerceiverBundle.CONTEXT);
    if (context != null) {
      result.put(PerceiverBundle.CONTEXT, context);
    }
    return result;
  }

  private FloatTensor fetchTextFeatures(Session session) {
    long[] shape = {tokens.rows().size(), clip.embedDim()};
    float[] values = new float[(int) (shape[0] * shape[1])];
    try (Result result = session.runner().fetch(textFeatures).run()) {
      result.get(0).asRawTensor().data().asFloats().read(values);
    }
    return new FloatTensor(shape, values);
  }
}
