package org.perceiveir.trainer.loss;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.network.PerceiveIrNetwork;
import org.perceiveir.trainer.config.ConfigException;
import org.perceiveir.trainer.data.TrainingBatch;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;

/**
 * The total loss of a training graph (eq. 13) and each of its terms, those that are off left out.
 *
 * <pre>
 *   degraded --------> network --> restored --> L_rec with clean
 *      |                  |            |------> L_clip by the frozen perceiver
 *      |                  Z ---------- | -----> L_cl with Z of the second crops
 *      '--> frozen restorers --> N_q --+------> L_dpl on frozen features
 * </pre>
 *
 * <p>Nothing is clipped to 0..1 on the way to a loss: outside of that range the gradient must still
 * point back.
 *
 * <p>The frozen networks have stores of their own, which {@link #load} fills; the optimizer never
 * sees them.
 */
public final class LossTerms {
  /** Name of L_rec among the terms. */
  public static final String RECONSTRUCTION = "rec";

  /** Name of L_cl among the terms. */
  public static final String CONTRASTIVE = "cl";

  /** Name of L_clip among the terms. */
  public static final String CLIP = "clip";

  /** Name of L_dpl among the terms. */
  public static final String PERCEPTUAL = "dpl";

  private final Ops tf;
  private final Map<String, Operand<TFloat32>> terms = new LinkedHashMap<>();
  private final List<Operand<TFloat32>> weighed = new ArrayList<>();
  private final Operand<TFloat32> total;
  private final List<Loader> loaders = new ArrayList<>();
  private final int smallestCrop;
  private @Nullable Placeholder<TInt32> tasks;
  private @Nullable Placeholder<TFloat32> second;
  private final List<Placeholder<TFloat32>> folders = new ArrayList<>();
  private @Nullable Placeholder<TFloat32> difficulty;
  private @Nullable DifficultyBook book;
  private @Nullable Operand<TFloat32> squaredErrors;
  private final Map<String, Integer> cropMultiples = new LinkedHashMap<>();

  @FunctionalInterface
  private interface Loader {
    void load(Session session);
  }

  /**
   * What the network made of a batch.
   *
   * @param degraded its input, {@code (batch, height, width, 3)} in 0..1
   * @param clean the truth, the same shape
   * @param restored its result, the same shape
   * @param z of the input, {@code (batch, features)}, null without CFE
   */
  public record Pass(
      Operand<TFloat32> degraded,
      Operand<TFloat32> clean,
      Operand<TFloat32> restored,
      @Nullable Operand<TFloat32> z) {}

  /**
   * Adds the loss to the graph.
   *
   * @param network that made the pass; Z of the second crops goes through it too
   * @param epochSteps steps of an epoch, for the difficulty of negatives
   * @throws ConfigException if a term needs a part that the network has not
   */
  public LossTerms(
      Ops tf, LossSources sources, PerceiveIrNetwork network, Pass pass, int epochSteps) {
    this.tf = tf;
    LossConfig config = sources.config();
    smallestCrop = network.preset().padMultiple();
    if (config.reconstruction().weight() > 0) {
      add(
          RECONSTRUCTION,
          config.reconstruction().weight(),
          new ReconstructionLoss(tf, config.reconstruction()).of(pass.restored(), pass.clean()));
    }
    if (config.contrastive().weight() > 0) {
      contrastive(config.contrastive(), network, pass);
    }
    LossSources.Perceiver perceiver = sources.perceiver();
    QualityJudge judge = perceiver == null ? null : perceiver.judge().apply(tf);
    if (judge != null) {
      loaders.add(judge::load);
      if (config.clip().weight() > 0) {
        add(CLIP, config.clip().weight(), new PromptLoss(tf, judge).of(pass.restored()));
      }
    }
    if (sources.perceptual()) {
      perceptual(sources, judge, pass, epochSteps);
    }
    if (weighed.isEmpty()) {
      throw new ConfigException(
          "losses leave nothing to learn: what is switched on lacks its features; give"
              + " losses.perceptual.vgg or losses.perceiver, or a weight of reconstruction");
    }
    // Never a term itself: one tensor cannot be fetched under two names.
    total = weighed.size() == 1 ? tf.identity(weighed.get(0)) : tf.math.addN(weighed);
  }

  private void add(String name, double weight, Operand<TFloat32> term) {
    terms.put(name, term);
    weighed.add(weight == 1 ? term : tf.math.mul(term, tf.constant((float) weight)));
  }

  private Placeholder<TFloat32> images(String name) {
    return tf.withName(name)
        .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1, -1, 3)));
  }

  private void contrastive(LossConfig.Contrastive config, PerceiveIrNetwork network, Pass pass) {
    Operand<TFloat32> z = pass.z();
    if (z == null) {
      throw new ConfigException(
          "losses.contrastive.weight is "
              + config.weight()
              + ", but preset "
              + network.preset().name()
              + " has no compact feature extraction (cfe), whose Z it trains: leave the section out,"
              + " or choose a preset with cfe");
    }
    Placeholder<TFloat32> crops = images("second");
    Placeholder<TInt32> ids =
        tf.withName("tasks").placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
    second = crops;
    tasks = ids;
    ContrastiveLoss loss = new ContrastiveLoss(tf, config.temperature(), config.form());
    add(CONTRASTIVE, config.weight(), loss.of(z, network.features(crops), ids));
  }

  private void perceptual(
      LossSources sources, @Nullable QualityJudge judge, Pass pass, int epochSteps) {
    LossConfig.Perceptual config = sources.config().perceptual();
    LossSources.Vgg vgg = sources.vgg();
    FeatureMaps features;
    if (vgg != null) {
      VggFeatureMaps maps = new VggFeatureMaps(tf, config.layers(), vgg.weights());
      loaders.add(maps::load);
      features = maps;
    } else if (judge != null) {
      features = judge.features();
    } else {
      throw new IllegalStateException("L_dpl is on without features");
    }
    List<Operand<TFloat32>> negatives = new ArrayList<>();
    for (LossConfig.Negative negative : config.negatives()) {
      if (negative instanceof LossConfig.Negative.Bundle bundled) {
        ModelBundle bundle = sources.restorer(bundled);
        FrozenRestorer restorer =
            new FrozenRestorer(tf, "negative." + negatives.size() + ".", bundle, pass.degraded());
        loaders.add(restorer::load);
        cropMultiples.put(negative.name(), bundle.preset().padMultiple());
        negatives.add(restorer.restored());
      } else {
        Placeholder<TFloat32> fed = images("negative." + negatives.size());
        folders.add(fed);
        negatives.add(fed);
      }
    }
    Placeholder<TFloat32> weights =
        tf.withName("difficulty").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1)));
    add(
        PERCEPTUAL,
        config.weight(),
        new PerceptualLoss(tf, features, config.lambda())
            .of(pass.restored(), pass.clean(), pass.degraded(), negatives, weights));
    if (!negatives.isEmpty()) {
      difficulty = weights;
      book =
          new DifficultyBook(
              config.negatives().stream().map(LossConfig.Negative::name).toList(),
              config.gamma(),
              epochSteps);
      squaredErrors = squaredErrors(pass, negatives);
    }
  }

  /** Of the clipped result and of each negative, {@code (1 + negatives, batch)}. */
  private Operand<TFloat32> squaredErrors(Pass pass, List<Operand<TFloat32>> negatives) {
    List<Operand<TFloat32>> rows = new ArrayList<>();
    rows.add(
        squaredError(
            tf.clipByValue(pass.restored(), tf.constant(0f), tf.constant(1f)), pass.clean()));
    negatives.forEach(n -> rows.add(squaredError(n, pass.clean())));
    return tf.stack(rows);
  }

  private Operand<TFloat32> squaredError(Operand<TFloat32> images, Operand<TFloat32> clean) {
    return tf.math.mean(tf.math.squaredDifference(images, clean), tf.array(1, 2, 3));
  }

  /** The total loss, a scalar. */
  public Operand<TFloat32> total() {
    return total;
  }

  /** The terms that are on, by name, before their weights: scalars. */
  public Map<String, Operand<TFloat32>> terms() {
    return terms;
  }

  /** The bookkeeping of L_dpl's negatives, empty where there are none. */
  public Optional<DifficultyBook> book() {
    return Optional.ofNullable(book);
  }

  /** What {@link DifficultyBook#count} counts, a matrix; empty where there is no book. */
  public Optional<Operand<TFloat32>> squaredErrors() {
    return Optional.ofNullable(squaredErrors);
  }

  /**
   * Fills the frozen networks, once in a session.
   *
   * @throws org.perceiveir.model.nn.WeightMismatchException listing every tensor that does not fit
   */
  public void load(Session session) {
    loaders.forEach(loader -> loader.load(session));
  }

  /** What is worth saying of a batch, once in a training. */
  public Optional<String> remark(TrainingBatch batch) {
    if (!terms.containsKey(CONTRASTIVE) || isMixed(batch)) {
      return Optional.empty();
    }
    return Optional.of(
        "L_cl is off for batches of one degradation, like this one of "
            + batch.task()
            + ": no crop of it has another degradation to be told apart from; mix degradations in"
            + " a batch to have it");
  }

  private static boolean isMixed(TrainingBatch batch) {
    return batch.task().equals(TrainingBatch.MIXED);
  }

  /**
   * Feeds what the terms need beside degraded and clean images.
   *
   * @return the tensors, to be closed by the caller after the run
   * @throws IllegalArgumentException if the batch lacks something, saying what
   */
  public List<TType> feed(Session.Runner runner, TrainingBatch batch) {
    cropMultiples.forEach(
        (name, multiple) -> {
          if (batch.size() % multiple != 0) {
            throw new IllegalArgumentException(
                "crops of "
                    + batch.size()
                    + " pixels: the negative "
                    + name
                    + " takes multiples of "
                    + multiple);
          }
        });
    List<TType> open = new ArrayList<>();
    try {
      Placeholder<TInt32> taskIds = tasks;
      Placeholder<TFloat32> secondCrops = second;
      if (taskIds != null && secondCrops != null) {
        feed(runner, taskIds, open, TInt32.vectorOf(numbered(batch.tasks())));
        if (isMixed(batch)) {
          feedImages(runner, secondCrops, open, batch, batch.second(), "second crops for L_cl");
        } else {
          // The loss is 0 whatever they are: the smallest black ones cost least.
          Shape shape = Shape.of(batch.count(), smallestCrop, smallestCrop, 3);
          float[] black = new float[(int) shape.size()];
          feed(
              runner,
              secondCrops,
              open,
              TFloat32.tensorOf(shape, DataBuffers.of(black, true, false)));
        }
      }
      // Without L_dpl nobody asks for them, and the sets may still name their folders.
      if (!folders.isEmpty() && batch.negatives().size() != folders.size()) {
        throw new IllegalArgumentException(
            "a batch with "
                + batch.negatives().size()
                + " restored versions of its crops: L_dpl has "
                + folders.size()
                + " folders of negatives");
      }
      for (int i = 0; i < folders.size(); i++) {
        feedImages(
            runner, folders.get(i), open, batch, batch.negatives().get(i), "negatives for L_dpl");
      }
      Placeholder<TFloat32> weights = difficulty;
      if (weights != null && book != null) {
        feed(runner, weights, open, TFloat32.vectorOf(book.weights()));
      }
    } catch (RuntimeException e) {
      open.forEach(TType::close);
      throw e;
    }
    return open;
  }

  private static <T extends TType> void feed(
      Session.Runner runner, Placeholder<T> to, List<TType> open, T tensor) {
    open.add(tensor);
    runner.feed(to, tensor);
  }

  private static void feedImages(
      Session.Runner runner,
      Placeholder<TFloat32> to,
      List<TType> open,
      TrainingBatch batch,
      float[] pixels,
      String what) {
    Shape shape = Shape.of(batch.count(), batch.size(), batch.size(), 3);
    if (pixels.length != shape.size()) {
      throw new IllegalArgumentException(
          "a batch of "
              + batch.count()
              + " crops of "
              + batch.size()
              + " pixels has "
              + pixels.length
              + " numbers of "
              + what
              + " instead of "
              + shape.size());
    }
    feed(runner, to, open, TFloat32.tensorOf(shape, DataBuffers.of(pixels, true, false)));
  }

  /** The same number for the same degradation. */
  private static int[] numbered(List<String> tasks) {
    List<String> known = new ArrayList<>();
    int[] numbers = new int[tasks.size()];
    for (int i = 0; i < numbers.length; i++) {
      if (!known.contains(tasks.get(i))) {
        known.add(tasks.get(i));
      }
      numbers[i] = known.indexOf(tasks.get(i));
    }
    return numbers;
  }
}
