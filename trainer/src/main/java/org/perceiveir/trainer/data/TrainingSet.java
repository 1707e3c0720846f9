package org.perceiveir.trainer.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.perceiveir.imaging.degrade.DegradationType;
import org.perceiveir.imaging.degrade.Degradations;
import org.perceiveir.imaging.degrade.TaskDegradation;
import org.perceiveir.trainer.config.ConfigException;
import org.perceiveir.trainer.config.ConfigSection;
import org.perceiveir.trainer.data.layout.DataSet;
import org.perceiveir.trainer.data.layout.Folders;
import org.perceiveir.trainer.data.layout.Layouts;
import org.perceiveir.trainer.data.layout.Listing;
import org.perceiveir.trainer.data.layout.PairRule;

/**
 * One set of images to train on.
 *
 * @param images where they are
 * @param uses what they are used for: clean images for one task or several, pairs for one
 * @param negatives a folder for each other restorer, with its outputs on the set's damaged images
 *     under the same names; empty for none
 */
public record TrainingSet(Images images, List<Use> uses, List<Path> negatives) {
  private static final String CLEAN = "clean";
  private static final String PAIRS = "pairs";

  /** Checks that pairs have one use and clean images a strength for each. */
  public TrainingSet {
    uses = List.copyOf(uses);
    negatives = List.copyOf(negatives);
    if (uses.isEmpty() || (!images.isClean() && uses.size() > 1)) {
      throw new IllegalArgumentException(
          images.name()
              + " has "
              + uses.size()
              + " tasks: clean images have one or more, pairs one");
    }
    if (uses.stream().anyMatch(use -> use.strengths().isEmpty() == images.isClean())) {
      throw new IllegalArgumentException(
          images.name() + ": clean images are degraded, images of pairs are not");
    }
    if (images.isClean() && !negatives.isEmpty()) {
      throw new IllegalArgumentException(
          images.name()
              + " holds clean images, which are degraded anew for each crop: negatives are outputs"
              + " on fixed inputs and need a set of pairs");
    }
  }

  /**
   * What a set's images are used for.
   *
   * @param task what the damage is called, in letters, digits, - and _
   * @param strengths one of which is drawn for each crop; empty for pairs
   * @param ratio how often, compared with the other uses, 1 to 1000
   */
  public record Use(String task, List<Strength> strengths, int ratio) {
    /** Checks the name and the ratio. */
    public Use {
      strengths = List.copyOf(strengths);
      checkTask(task);
      if (ratio < 1 || ratio > 1000) {
        throw new IllegalArgumentException(
            "ratio of task " + task + " is " + ratio + ", allowed are 1 to 1000");
      }
    }

    private static void checkTask(String task) {
      if (!task.matches("[A-Za-z0-9][A-Za-z0-9_-]{0,31}") || task.equals(TrainingBatch.MIXED)) {
        throw new IllegalArgumentException(
            "task '"
                + task
                + "': use up to 32 letters, digits, - and _, and not the word "
                + TrainingBatch.MIXED);
      }
    }
  }

  /**
   * Where images are.
   *
   * @param kind {@code clean}, {@code pairs} or the id of a {@link DataSet}
   * @param root the folder; of pairs that of the damaged images
   * @param target folder of the truths, for {@code pairs} alone
   * @param rule how two folders are paired
   * @param split which part of a data set
   */
  public record Images(
      String kind, Path root, Optional<Path> target, PairRule rule, DataSet.Split split) {

    /** The clean images of a folder. */
    public static Images clean(Path folder) {
      return new Images(CLEAN, folder, Optional.empty(), PairRule.EQUAL, DataSet.Split.TRAIN);
    }

    /** The pairs of two folders. */
    public static Images pairs(Path input, Path target, PairRule rule) {
      return new Images(PAIRS, input, Optional.of(target), rule, DataSet.Split.TRAIN);
    }

    /** A published data set. */
    public static Images of(DataSet set, Path root, DataSet.Split split) {
      return new Images(set.id(), root, Optional.empty(), PairRule.EQUAL, split);
    }

    /** Whether the images are clean alone. */
    public boolean isClean() {
      return kind.equals(CLEAN) || (!kind.equals(PAIRS) && DataSet.of(kind).isClean());
    }

    /** What reports call them; no path, because records are given away. */
    public String name() {
      if (kind.equals(CLEAN)) {
        return Folders.fileName(root.toAbsolutePath().normalize());
      }
      if (kind.equals(PAIRS)) {
        return Folders.fileName(root.toAbsolutePath().normalize().resolveSibling(""));
      }
      return kind;
    }

    /**
     * Finds the files.
     *
     * @throws IOException if a folder cannot be listed
     */
    public Listing list() throws IOException {
      if (kind.equals(CLEAN)) {
        return Layouts.clean(root);
      }
      if (kind.equals(PAIRS)) {
        return Layouts.pairs(root, target.orElseThrow(), rule);
      }
      return DataSet.of(kind).list(root, split);
    }
  }

  /** The set with the tasks that a clean folder has by default, or with its kind's own. */
  public static TrainingSet of(Images images) {
    return new TrainingSet(images, defaultUses(images, 1), List.of());
  }

  /** The tasks of a mix from one folder of clean images. */
  public static TrainingSet clean(Path folder, TaskMix mix) {
    return new TrainingSet(Images.clean(folder), uses(mix, 1), List.of());
  }

  private static List<Use> uses(TaskMix mix, int ratio) {
    return mix.weights().entrySet().stream()
        .map(
            e ->
                new Use(
                    e.getKey().id(), List.of(Strength.random(e.getKey())), e.getValue() * ratio))
        .toList();
  }

  private static List<Use> defaultUses(Images images, int ratio) {
    if (images.kind().equals(CLEAN)) {
      return uses(TaskMix.DEFAULT, ratio);
    }
    if (images.kind().equals(PAIRS)) {
      throw new IllegalArgumentException("a set of pairs needs the name of its task");
    }
    DataSet set = DataSet.of(images.kind());
    List<Strength> strengths =
        set.isClean()
            ? Degradations.reportedNoise().stream().map(Strength::of).toList()
            : List.of();
    return List.of(new Use(set.task(), strengths, ratio));
  }

  /**
   * Reads one entry of a list of sets.
   *
   * @throws ConfigException naming the key that is wrong
   */
  public static TrainingSet fromConfig(ConfigSection set) {
    Images images = images(set);
    int ratio = set.integer("ratio", 1, 1, 1000);
    List<Path> negatives = set.paths("negatives");
    try {
      return new TrainingSet(
          images,
          images.isClean() ? cleanUses(set, images, ratio) : pairUses(set, images, ratio),
          negatives);
    } catch (ConfigException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw set.error("kind", "is '" + images.kind() + "': " + e.getMessage());
    }
  }

  /** The kinds of sets: clean, pairs and the ids of the data sets. */
  public static List<String> kinds() {
    return Stream.concat(Stream.of(CLEAN, PAIRS), DataSet.ids().stream()).toList();
  }

  private static Images images(ConfigSection set) {
    String kind = set.oneOf("kind", CLEAN, kinds());
    if (kind.equals(PAIRS)) {
      Optional<Path> root = set.path("root");
      Path input =
          set.path("input")
              .or(() -> root.map(r -> r.resolve("input")))
              .orElseThrow(
                  () -> set.error("input", "is missing: name the folder of the damaged images"));
      Path target =
          set.path("target")
              .or(() -> root.map(r -> r.resolve("target")))
              .orElseThrow(() -> set.error("target", "is missing: name the folder of the truths"));
      return Images.pairs(input, target, set.parsed("rule", PairRule.EQUAL, PairRule::parse));
    }
    Path root =
        set.path("root")
            .orElseThrow(() -> set.error("root", "is missing: name the folder of the images"));
    if (kind.equals(CLEAN)) {
      return Images.clean(root);
    }
    DataSet named = DataSet.of(kind);
    DataSet.Split usual = named.usualSplit();
    String split =
        set.oneOf(
            "split", usual == DataSet.Split.TRAIN ? "train" : "test", List.of("train", "test"));
    return Images.of(named, root, split.equals("train") ? DataSet.Split.TRAIN : DataSet.Split.TEST);
  }

  private static List<Use> pairUses(ConfigSection set, Images images, int ratio) {
    Optional<String> task = set.text("task");
    if (task.isPresent()) {
      return List.of(new Use(task.get(), List.of(), ratio));
    }
    if (images.kind().equals(PAIRS)) {
      throw set.error("task", "is missing: say what the images are damaged by, such as rain");
    }
    return defaultUses(images, ratio);
  }

  private static List<Use> cleanUses(ConfigSection set, Images images, int ratio) {
    List<String> texts = set.texts("degradation");
    Optional<String> task = set.text("task");
    Optional<TaskMix> tasks =
        set.has("tasks")
            ? Optional.of(set.parsed("tasks", TaskMix.DEFAULT, TaskMix::parse))
            : Optional.empty();
    if (tasks.isPresent() && (!texts.isEmpty() || task.isPresent())) {
      throw set.error("tasks", "excludes task and degradation: leave one out");
    }
    if (tasks.isPresent()) {
      return uses(tasks.get(), ratio);
    }
    if (texts.isEmpty() && task.isEmpty()) {
      return defaultUses(images, ratio);
    }
    List<Strength> strengths =
        texts.isEmpty()
            ? List.of(
                set.parsed("task", Strength.random(DegradationType.NOISE), TrainingSet::randomOf))
            : texts.stream().map(text -> strength(set, text)).toList();
    return List.of(new Use(task.orElseGet(() -> commonTask(set, strengths)), strengths, ratio));
  }

  private static Strength randomOf(String id) {
    return Strength.random(DegradationType.fromId(id));
  }

  private static Strength strength(ConfigSection set, String text) {
    try {
      return Strength.parse(text);
    } catch (IllegalArgumentException e) {
      throw set.error("degradation", "holds '" + text + "': " + e.getMessage());
    }
  }

  /** The task of strengths that are all of one type. */
  private static String commonTask(ConfigSection set, List<Strength> strengths) {
    for (DegradationType type : DegradationType.values()) {
      if (strengths.stream().allMatch(s -> isOf(s, type))) {
        return type.id();
      }
    }
    throw set.error(
        "task", "is missing: the degradations are of several types, so give them a name");
  }

  private static boolean isOf(Strength strength, DegradationType type) {
    return strength.random().equals(Optional.of(type))
        || strength
            .fixed()
            .filter(f -> f instanceof TaskDegradation one && one.type() == type)
            .isPresent();
  }

  /** Name, tasks and strengths in a line. */
  @Override
  public String toString() {
    return images.name()
        + ": "
        + uses.stream()
            .map(
                use ->
                    (use.task()
                            + " "
                            + use.strengths().stream()
                                .map(Strength::toString)
                                .collect(Collectors.joining("|")))
                        .strip())
            .collect(Collectors.joining(", "));
  }
}
