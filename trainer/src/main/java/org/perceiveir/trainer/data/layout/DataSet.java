package org.perceiveir.trainer.data.layout;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.perceiveir.imaging.degrade.DegradationType;
import org.perceiveir.trainer.data.layout.Layouts.CleanPlaces;
import org.perceiveir.trainer.data.layout.Layouts.PairPlaces;

/**
 * The published data sets of the paper's Table I (and UIEB of Table XII), found by the folders that
 * they are usually kept in.
 *
 * <p>A root may be the set's own folder or the one above it. Names of folders are compared by their
 * letters and digits, so that {@code raw-890} and {@code Raw_890} are the same.
 */
public final class DataSet {
  /** 400 photographs: train and test of BSDS500. */
  public static final DataSet BSD400 =
      new DataSet(
          "bsd400",
          "noise",
          400,
          0,
          clean(
              ".",
              "BSD400",
              "images/train + images/test",
              "data/images/train + data/images/test",
              "BSDS500/data/images/train + BSDS500/data/images/test",
              "BSR/BSDS500/data/images/train + BSR/BSDS500/data/images/test"));

  /** Waterloo Exploration Database: 4744 photographs. */
  public static final DataSet WED =
      new DataSet(
          "wed",
          "noise",
          4744,
          0,
          clean(".", "WED", "pristine_images", "exploration_database_and_code/pristine_images"));

  /** CBSD68: 68 photographs. */
  public static final DataSet CBSD68 =
      new DataSet(
          "cbsd68",
          "noise",
          0,
          68,
          clean(
              ".", "CBSD68", "original_png", "original", "CBSD68/original_png", "CBSD68/original"));

  /** Urban100: 100 photographs; of pairs of sizes the large ones. */
  public static final DataSet URBAN100 =
      new DataSet(
          "urban100",
          "noise",
          0,
          100,
          new CleanPlaces(
              List.of(
                  List.of("."),
                  List.of("Urban100"),
                  List.of("HR"),
                  List.of("Urban100/HR"),
                  List.of("image_SRF_4"),
                  List.of("original")),
              stem -> !stem.toUpperCase(Locale.ROOT).endsWith("_LR")));

  /** Kodak24: 24 photographs. */
  public static final DataSet KODAK24 =
      new DataSet("kodak24", "noise", 0, 24, clean(".", "Kodak24", "kodak"));

  /** RESIDE-beta OTS: 72135 hazy images of 2061 outdoor photographs. */
  public static final DataSet OTS =
      new DataSet(
          "ots",
          "haze",
          72135,
          0,
          pairs(
              PairRule.PREFIX,
              List.of("hazy", "haze/OTS", "haze", "input", "synthetic", "part*"),
              List.of("clear/clear_images", "clear", "clear_images", "gt", "original", "target"),
              List.of("train", "OTS", "OTS_BETA", "OTS_ALPHA", "."),
              List.of()));

  /** SOTS outdoor: 500 hazy images with their truth. */
  public static final DataSet SOTS =
      new DataSet(
          "sots",
          "haze",
          0,
          500,
          pairs(
              PairRule.PREFIX,
              List.of("hazy", "haze", "input"),
              List.of("gt", "clear", "target"),
              List.of(),
              List.of("outdoor", "SOTS/outdoor", "SOTS-outdoor", "test", ".")));

  /** Rain100L: 200 pairs to train on and 100 to test. */
  public static final DataSet RAIN100L =
      new DataSet(
          "rain100l",
          "rain",
          200,
          100,
          pairs(
              PairRule.NUMBER,
              List.of("rain/X2", "rain", "rainy", "input"),
              List.of("norain", "gt", "groundtruth", "clean", "target"),
              List.of("train", "Rain100L/train", "RainTrainL", "rain_data_train_Light", "."),
              List.of("test", "Rain100L/test", "rain_data_test_Light", "Rain100L", ".")));

  /** GoPro: 2103 blurred frames to train on and 1111 to test, in sequences. */
  public static final DataSet GOPRO =
      new DataSet(
          "gopro",
          "blur",
          2103,
          1111,
          pairs(
              PairRule.EQUAL,
              List.of("blur", "blurry", "input"),
              List.of("sharp", "gt", "groundtruth", "target"),
              List.of("train", "GOPRO_Large/train", "GoPro/train", "."),
              List.of("test", "GOPRO_Large/test", "GoPro/test", ".")));

  /** LOL: 485 low-light pairs to train on and 15 to test. */
  public static final DataSet LOL =
      new DataSet(
          "lol",
          "low-light",
          485,
          15,
          pairs(
              PairRule.EQUAL,
              List.of("low", "input"),
              List.of("high", "gt", "target"),
              List.of("our485", "LOLdataset/our485", "LOL/our485", "train", "."),
              List.of("eval15", "LOLdataset/eval15", "LOL/eval15", "test", ".")));

  /** UIEB: 890 underwater photographs with references. */
  public static final DataSet UIEB =
      new DataSet(
          "uieb",
          "underwater",
          0,
          890,
          pairs(
              PairRule.EQUAL,
              List.of("raw-890", "raw", "input"),
              List.of("reference-890", "reference", "gt", "target"),
              List.of("train", "UIEB", "."),
              List.of("test", "UIEB", ".")));

  private static final List<DataSet> ALL =
      List.of(BSD400, WED, CBSD68, URBAN100, KODAK24, OTS, SOTS, RAIN100L, GOPRO, LOL, UIEB);

  /** Which part of a set. */
  public enum Split {
    /** What networks are trained on. */
    TRAIN,
    /** What figures are reported for. */
    TEST
  }

  private final String id;
  private final String task;
  private final int trainCount;
  private final int testCount;
  private final Places places;

  private DataSet(String id, String task, int trainCount, int testCount, Places places) {
    this.id = id;
    this.task = task;
    this.trainCount = trainCount;
    this.testCount = testCount;
    this.places = places;
  }

  private DataSet(String id, String task, int trainCount, int testCount, CleanPlaces clean) {
    this(
        id,
        task,
        trainCount,
        testCount,
        new Places(Optional.of(clean), Optional.empty(), Optional.empty()));
  }

  /** Where the images may lie: a clean set has the same place for both parts. */
  private record Places(
      Optional<CleanPlaces> clean, Optional<PairPlaces> train, Optional<PairPlaces> test) {}

  /** Folders that belong together have a plus sign between them. */
  private static CleanPlaces clean(String... options) {
    return new CleanPlaces(
        Arrays.stream(options).map(o -> List.of(o.split(" \\+ ", -1))).toList(), stem -> true);
  }

  /** A part without places of its own is looked for where the other one is. */
  private static Places pairs(
      PairRule rule,
      List<String> inputs,
      List<String> targets,
      List<String> train,
      List<String> test) {
    return new Places(
        Optional.empty(),
        Optional.of(new PairPlaces(train.isEmpty() ? test : train, inputs, targets, rule)),
        Optional.of(new PairPlaces(test.isEmpty() ? train : test, inputs, targets, rule)));
  }

  /** The name in configuration files, for instance {@code rain100l}. */
  public String id() {
    return id;
  }

  /** What its images are to be freed from; the id of a {@link DegradationType} for all but UIEB. */
  public String task() {
    return task;
  }

  /** Whether the set holds clean images alone, to be degraded. */
  public boolean isClean() {
    return places.clean().isPresent();
  }

  /** The part that is asked for where nobody says which: the one that the paper uses it for. */
  public Split usualSplit() {
    return trainCount > 0 ? Split.TRAIN : Split.TEST;
  }

  /** Images in the published set; 0 where it has no such part of its own. */
  public int published(Split split) {
    return split == Split.TRAIN ? trainCount : testCount;
  }

  /**
   * Finds the images.
   *
   * @throws IOException if a folder cannot be listed
   */
  public Listing list(Path root, Split split) throws IOException {
    Listing found =
        places.clean().isPresent()
            ? places.clean().get().list(root)
            : (split == Split.TRAIN ? places.train() : places.test()).orElseThrow().list(root);
    int expected = published(split);
    if (expected == 0 || found.entries().isEmpty() || found.entries().size() == expected) {
      return found;
    }
    List<Finding> findings = new ArrayList<>(found.findings());
    findings.add(
        new Finding(
            Finding.Kind.COUNT,
            String.valueOf(root),
            found.entries().size() + " images, the published set has " + expected));
    return new Listing(found.entries(), findings);
  }

  /**
   * The set with this id, whatever its capitals and hyphens.
   *
   * @throws IllegalArgumentException if there is none; the message lists the known ids
   */
  public static DataSet of(String id) {
    String plain = id.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    for (DataSet set : ALL) {
      if (plain.equals(set.id)) {
        return set;
      }
    }
    throw new IllegalArgumentException(
        "unknown data set '" + id + "': choose one of " + String.join(", ", ids()));
  }

  @Override
  public String toString() {
    return id;
  }

  /** All ids. */
  public static List<String> ids() {
    return ALL.stream().map(DataSet::id).toList();
  }
}
