package org.perceiveir.trainer.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.perceiveir.trainer.config.ConfigException;
import org.perceiveir.trainer.config.ConfigSection;

/**
 * What a training is fed with: any mix of data sets, and how batches are made of them.
 *
 * <pre>
 *   data:
 *     sets:
 *       - {kind: bsd400, root: BSD400}                     # noise 15, 25, 50 as in the paper
 *       - {kind: rain100l, root: Rain100L, ratio: 2}
 *       - {kind: clean, root: photos, tasks: "haze=1,low-light=1"}
 *       - {kind: pairs, input: foggy, target: clear, rule: prefix, task: fog}
 *     batches: mixed            # or one-type
 *     crops: 64:0.6,96:0.8,128:1
 *     batch: 8
 * </pre>
 *
 * @param sets at least one
 * @param batches how types of damage share a batch
 * @param crops side of the crops over the training
 * @param batch crops in a batch at the first size, 1 to 256
 * @param augment whether crops are mirrored and turned
 * @param second whether a second crop of each image is cut, the positive of L_cl
 * @param feed compression and mixtures on top
 * @param fold which part of the images is used
 * @param loading what bounds loading without changing the batches
 */
public record TrainingDataConfig(
    List<TrainingSet> sets,
    Batches batches,
    CropSchedule crops,
    int batch,
    boolean augment,
    boolean second,
    RealFeed feed,
    Fold fold,
    Loading loading) {

  /** How the types of damage share the batches. */
  public enum Batches {
    /**
     * Each crop of a batch from the next use in a round of all uses by their ratios, and at least
     * two tasks in a batch of two or more crops where there are two: L_cl needs that.
     */
    MIXED,
    /** One task a batch, in a round of the tasks by the sum of their ratios. */
    ONE_TYPE
  }

  /**
   * Part of the images for cross-validation. Images are counted by their truths, so that damaged
   * images of one scene stay together.
   *
   * @param index which part, 0 to {@code of - 1}: image i is in part i mod {@code of}
   * @param of number of parts, 1 for all images
   * @param heldOut whether the part itself is used instead of all others
   */
  public record Fold(int index, int of, boolean heldOut) {
    /** All images. */
    public static final Fold ALL = new Fold(0, 1, true);

    /** Checks the numbers. */
    public Fold {
      if (of < 1 || index < 0 || index >= of || (of == 1 && !heldOut)) {
        throw new IllegalArgumentException(
            "fold " + index + " of " + of + " leaves nothing or is none: index is 0 to of - 1");
      }
    }

    /** Whether the image with that number is used. */
    boolean takes(int image) {
      return (image % of == index) == heldOut;
    }
  }

  /**
   * What bounds loading.
   *
   * @param threads that make batches, 1 to 64
   * @param memoryMiB for decoded images, 16 or more
   * @param mostUnusable share of a set's images, 0 to 1, that may be unreadable or of two sizes
   *     before the training stops
   */
  public record Loading(int threads, int memoryMiB, double mostUnusable) {
    /** Checks the ranges. */
    public Loading {
      if (threads < 1 || threads > 64 || memoryMiB < 16 || !(mostUnusable >= 0)) {
        throw new IllegalArgumentException(
            "loading takes 1 to 64 threads and at least 16 MiB, got " + threads + ", " + memoryMiB);
      }
    }

    /** Half the processors, half the heap, one image in twenty. */
    public static Loading defaults() {
      long half = Runtime.getRuntime().maxMemory() >> 21;
      return new Loading(
          BatchPrefetcher.defaultThreads(), (int) Math.max(16, Math.min(half, 1 << 20)), 0.05);
    }
  }

  /** Checks that the parts fit together. */
  public TrainingDataConfig {
    sets = List.copyOf(sets);
    if (sets.isEmpty()) {
      throw new IllegalArgumentException("there is no set of images to train on");
    }
    if (batch < 1 || batch > 256) {
      throw new IllegalArgumentException("batch is " + batch + ", allowed are 1 to 256 crops");
    }
    Set<Integer> restorers = new LinkedHashSet<>();
    sets.forEach(set -> restorers.add(set.negatives().size()));
    if (restorers.size() > 1) {
      throw new IllegalArgumentException(
          "the sets have "
              + restorers
              + " folders of negatives: each restorer needs a folder for every set, or there are"
              + " none");
    }
    if (!restorers.contains(0) && !feed.isOff()) {
      throw new IllegalArgumentException(
          "negatives are outputs on the images as they are: switch jpeg and mixtures off");
    }
  }

  /** These sets with the paper's kind of batches and the default crops. */
  public static TrainingDataConfig of(List<TrainingSet> sets) {
    return new TrainingDataConfig(
        sets,
        Batches.MIXED,
        CropSchedule.DEFAULT,
        Sampling.defaults().batch(),
        true,
        false,
        RealFeed.OFF,
        Fold.ALL,
        Loading.defaults());
  }

  /** One folder of photographs, one degradation a batch. */
  public static TrainingDataConfig photographs(Path folder, Sampling sampling) {
    return of(List.of(TrainingSet.clean(folder, sampling.tasks())))
        .withBatches(Batches.ONE_TYPE)
        .withCrops(sampling.crops(), sampling.batch());
  }

  /**
   * Reads the section {@code data} of a training's file. The caller ends with {@link
   * ConfigSection#done}.
   *
   * @throws ConfigException naming the key that is wrong
   */
  public static TrainingDataConfig fromConfig(ConfigSection data) {
    if (data.has("folder")) {
      return folder(data);
    }
    List<TrainingSet> sets = new ArrayList<>();
    for (ConfigSection set : data.sections("sets")) {
      sets.add(TrainingSet.fromConfig(set));
    }
    if (sets.isEmpty()) {
      throw data.error(
          "sets",
          "is missing: list the sets of images, such as '- {kind: clean, root: photos}', or name"
              + " a folder of photographs under folder");
    }
    String batches = data.oneOf("batches", "mixed", List.of("mixed", "one-type"));
    CropSchedule crops = data.parsed("crops", CropSchedule.DEFAULT, CropSchedule::parse);
    int batch = data.integer("batch", Sampling.defaults().batch(), 1, 256);
    boolean augment = data.flag("augment", true);
    boolean second = data.flag("second", false);
    RealFeed feed = RealFeed.fromConfig(data);
    ConfigSection fold = data.section("fold");
    int of = fold.integer("of", 1, 1, 1000);
    int index = fold.integer("index", 0, 0, of - 1);
    String part = fold.oneOf("use", "others", List.of("others", "held-out"));
    Loading usual = Loading.defaults();
    try {
      return new TrainingDataConfig(
          sets,
          batches.equals("mixed") ? Batches.MIXED : Batches.ONE_TYPE,
          crops,
          batch,
          augment,
          second,
          feed,
          of == 1 ? Fold.ALL : new Fold(index, of, part.equals("held-out")),
          new Loading(
              data.integer("threads", usual.threads(), 1, 64),
              data.integer("memoryMiB", usual.memoryMiB(), 16, 1 << 20),
              data.number("mostUnusable", usual.mostUnusable(), 0, 1)));
    } catch (IllegalArgumentException e) {
      throw data.error("sets", "cannot be used together: " + e.getMessage());
    }
  }

  /** The short form of one folder of photographs. */
  private static TrainingDataConfig folder(ConfigSection data) {
    if (data.has("sets")) {
      throw data.error("folder", "and sets exclude each other: make it one of the sets");
    }
    Sampling usual = Sampling.defaults();
    String batches = data.oneOf("batches", "one-type", List.of("mixed", "one-type"));
    return photographs(
            data.path("folder").orElseThrow(),
            new Sampling(
                data.parsed("tasks", usual.tasks(), TaskMix::parse),
                data.parsed("crops", usual.crops(), CropSchedule::parse),
                data.integer("batch", usual.batch(), 1, 256)))
        .withBatches(batches.equals("mixed") ? Batches.MIXED : Batches.ONE_TYPE);
  }

  /**
   * Finds and checks the images. Sets that fit into the memory are decoded now, others when they
   * are used.
   *
   * @throws DataException if a set cannot be used; the message names it and says why
   * @throws IOException if a folder cannot be listed
   */
  public TrainingData open() throws IOException {
    return MixedData.open(this);
  }

  /**
   * The whole images of all sets as pairs, each degraded with a strength of its own that the seed
   * decides; clean images come once for each of their tasks.
   *
   * @throws DataException if a set cannot be used; the message names it and says why
   * @throws IOException if a folder cannot be listed
   */
  public WholeImages wholeImages(long seed) throws IOException {
    return WholeImages.open(this, seed);
  }

  /** This of other sets. */
  public TrainingDataConfig withSets(List<TrainingSet> value) {
    return new TrainingDataConfig(
        value, batches, crops, batch, augment, second, feed, fold, loading);
  }

  /** This with another kind of batches. */
  public TrainingDataConfig withBatches(Batches value) {
    return new TrainingDataConfig(sets, value, crops, batch, augment, second, feed, fold, loading);
  }

  /** This with other crops and a number of them in the first batches. */
  public TrainingDataConfig withCrops(CropSchedule value, int count) {
    return new TrainingDataConfig(
        sets, batches, value, count, augment, second, feed, fold, loading);
  }

  /** This with crops mirrored and turned, or not. */
  public TrainingDataConfig withAugment(boolean value) {
    return new TrainingDataConfig(sets, batches, crops, batch, value, second, feed, fold, loading);
  }

  /** This with a second crop of each image or without; the first crops stay the same. */
  public TrainingDataConfig withSecond(boolean value) {
    return new TrainingDataConfig(sets, batches, crops, batch, augment, value, feed, fold, loading);
  }

  /** This with compression and mixtures. */
  public TrainingDataConfig withFeed(RealFeed value) {
    return new TrainingDataConfig(
        sets, batches, crops, batch, augment, second, value, fold, loading);
  }

  /** This on another part of the images. */
  public TrainingDataConfig withFold(Fold value) {
    return new TrainingDataConfig(
        sets, batches, crops, batch, augment, second, feed, value, loading);
  }

  /** This with other bounds. */
  public TrainingDataConfig withLoading(Loading value) {
    return new TrainingDataConfig(sets, batches, crops, batch, augment, second, feed, fold, value);
  }

  /**
   * This with one of its tasks alone.
   *
   * @throws IllegalArgumentException if no set has that task
   */
  public TrainingDataConfig of(String task) {
    List<TrainingSet> of = new ArrayList<>();
    for (TrainingSet set : sets) {
      List<TrainingSet.Use> uses =
          set.uses().stream().filter(use -> use.task().equals(task)).toList();
      if (!uses.isEmpty()) {
        of.add(new TrainingSet(set.images(), uses, set.negatives()));
      }
    }
    return new TrainingDataConfig(of, batches, crops, batch, augment, second, feed, fold, loading);
  }

  /** The tasks in the order of the sets, each once. */
  public List<String> tasks() {
    return sets.stream()
        .flatMap(set -> set.uses().stream())
        .map(TrainingSet.Use::task)
        .distinct()
        .toList();
  }
}
