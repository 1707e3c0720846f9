package org.perceiveir.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.perceiveir.trainer.data.ImageFixtures.write;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.trainer.config.ConfigSection;

/** Batches of several sets at once: two of clean images, one of pairs. */
final class MixedSamplerTest {
  private static final int STEPS = 60;

  @TempDir private Path root;

  @BeforeEach
  void makeSets() {
    for (int i = 1; i <= 4; i++) {
      write(root.resolve("photos/" + i + ".png"), i, 50, 40);
      write(root.resolve("rainy/input/" + i + ".png"), 20 + i, 44, 36);
      write(root.resolve("rainy/target/" + i + ".png"), 40 + i, 44, 36);
    }
    write(root.resolve("more/1.png"), 60, 33, 33);
  }

  private TrainingDataConfig config(String... lines) {
    return TrainingDataConfig.fromConfig(
        ConfigSection.parse("test.yaml", root, String.join("\n", lines)));
  }

  private TrainingDataConfig three() {
    return config(
        "sets:",
        "  - {root: photos, task: noise, degradation: [noise:15, noise:50], ratio: 3}",
        "  - {kind: pairs, root: rainy, task: rain, ratio: 2}",
        "  - {root: more, task: haze, ratio: 1}",
        "crops: 16",
        "batch: 4");
  }

  private BatchSource batches(TrainingDataConfig config) throws IOException {
    return config.open().batches(STEPS, 5);
  }

  /** Value of a channel of a crop's pixel in 8-bit units. */
  private static int value(float[] crops, int size, int crop, int pixel, int channel) {
    return Math.round(255 * crops[3 * (crop * size * size + pixel) + channel]);
  }

  @Test
  void shouldMixTheTasksOfEachBatchByTheirRatios() throws IOException {
    BatchSource source = batches(three());
    Map<String, Integer> counts = new HashMap<>();
    for (int step = 0; step < STEPS; step++) {
      TrainingBatch batch = source.sample(step);
      assertThat(batch.count()).isEqualTo(4);
      assertThat(new HashSet<>(batch.tasks())).hasSizeBetween(2, 3);
      assertThat(batch.task()).isEqualTo(TrainingBatch.MIXED);
      batch.tasks().forEach(task -> counts.merge(task, 1, Integer::sum));
    }
    // 240 crops at 3 : 2 : 1; stretches of a round of six vary by at most one crop a batch.
    assertThat(counts.get("noise")).isBetween(110, 130);
    assertThat(counts.get("rain")).isBetween(70, 90);
    assertThat(counts.get("haze")).isBetween(30, 50);
  }

  /** InfoNCE has no negative in a batch of one type. */
  @Test
  void shouldHaveTwoTasksInEveryBatchHoweverUnevenTheRatios() throws IOException {
    BatchSource source =
        batches(
            config(
                "sets:",
                "  - {root: photos, task: noise, ratio: 50}",
                "  - {root: more, task: haze, ratio: 1}",
                "crops: 16",
                "batch: 2"));
    for (int step = 0; step < STEPS; step++) {
      assertThat(source.sample(step).tasks()).containsExactlyInAnyOrder("noise", "haze");
    }
  }

  @Test
  void shouldRotateTheTasksWhereABatchHasOne() throws IOException {
    BatchSource source = batches(three().withBatches(TrainingDataConfig.Batches.ONE_TYPE));
    List<String> tasks = new ArrayList<>();
    for (int step = 0; step < 12; step++) {
      TrainingBatch batch = source.sample(step);
      assertThat(new HashSet<>(batch.tasks())).hasSize(1);
      tasks.add(batch.task());
    }
    assertThat(tasks.subList(0, 6))
        .containsExactlyInAnyOrder("noise", "noise", "noise", "rain", "rain", "haze");
    assertThat(tasks.subList(6, 12)).isEqualTo(tasks.subList(0, 6));
  }

  @Test
  void shouldGiveTheSameSequenceFromAnyThreadAndWhenResumed() throws Exception {
    TrainingDataConfig config =
        three()
            .withSecond(true)
            .withFeed(new RealFeed(0.5, 40, 90, 0.5, 0.5))
            .withCrops(CropSchedule.parse("16:0.5,32:1"), 4);
    BatchSource once = batches(config);
    for (int threads : new int[] {1, 2, 5}) {
      // Opened anew with next to no memory: what is decoded when must not matter either.
      BatchSource source =
          batches(config.withLoading(new TrainingDataConfig.Loading(threads, 16, 0.05)));
      int from = 11 * (threads / 2);
      try (BatchPrefetcher loader = new BatchPrefetcher(source, from, STEPS, threads)) {
        for (int step = from; step < STEPS; step++) {
          TrainingBatch batch = loader.take();
          TrainingBatch expected = once.sample(step);
          assertThat(batch.tasks()).isEqualTo(expected.tasks());
          assertThat(batch.degraded()).isEqualTo(expected.degraded());
          assertThat(batch.clean()).isEqualTo(expected.clean());
          assertThat(batch.second()).isEqualTo(expected.second());
        }
      }
    }
    assertThat(config.open().batches(STEPS, 6).sample(0).clean())
        .isNotEqualTo(once.sample(0).clean());
  }

  @Test
  void shouldCutInputAndTruthOfAPairAtTheSamePlace() throws IOException {
    BatchSource source =
        batches(config("sets: [{kind: pairs, root: rainy, task: rain}]", "crops: 16", "batch: 4"));
    Set<Integer> seen = new HashSet<>();
    for (int step = 0; step < 20; step++) {
      TrainingBatch batch = source.sample(step);
      for (int i = 0; i < batch.count(); i++) {
        int truth = value(batch.clean(), 16, i, 0, 0);
        seen.add(truth);
        for (int p = 0; p < 256; p++) {
          assertThat(value(batch.degraded(), 16, i, p, 0)).isEqualTo(truth - 20);
          for (int c = 1; c < 3; c++) {
            assertThat(value(batch.degraded(), 16, i, p, c))
                .isEqualTo(value(batch.clean(), 16, i, p, c));
          }
        }
      }
    }
    assertThat(seen).containsExactlyInAnyOrder(41, 42, 43, 44);
  }

  @Test
  void shouldOnlyShiftCropsWhereAugmentationIsOff() throws IOException {
    BatchSource source = batches(three().withAugment(false));
    for (int step = 0; step < 20; step++) {
      TrainingBatch batch = source.sample(step);
      for (int i = 0; i < batch.count(); i++) {
        int column = value(batch.clean(), 16, i, 0, 1);
        assertThat(value(batch.clean(), 16, i, 15, 1)).isEqualTo(column + 15);
        int row = value(batch.clean(), 16, i, 0, 2);
        assertThat(value(batch.clean(), 16, i, 240, 2)).isEqualTo(row + 15);
      }
    }
  }

  /** Table VII compares trainings with and without L_cl: their other crops must be the same. */
  @Test
  void shouldCutTheSecondCropElsewhereAndLeaveTheFirstAsItIs() throws IOException {
    BatchSource without = batches(three());
    BatchSource with = batches(three().withSecond(true));
    int elsewhere = 0;
    for (int step = 0; step < 20; step++) {
      TrainingBatch batch = with.sample(step);
      assertThat(without.sample(step).second()).isEmpty();
      assertThat(batch.degraded()).isEqualTo(without.sample(step).degraded());
      assertThat(batch.second()).hasSameSizeAs(batch.degraded());
      for (int i = 0; i < batch.count(); i++) {
        if (batch.tasks().get(i).equals("rain")) {
          // Red names the image, the least green and blue where the crop begins.
          assertThat(value(batch.second(), 16, i, 0, 0))
              .isEqualTo(value(batch.degraded(), 16, i, 0, 0));
          elsewhere += corner(batch.second(), i).equals(corner(batch.degraded(), i)) ? 0 : 1;
        }
      }
    }
    assertThat(elsewhere).isGreaterThan(15);
  }

  private static List<Integer> corner(float[] crops, int crop) {
    int left = 255;
    int top = 255;
    for (int p = 0; p < 256; p++) {
      left = Math.min(left, value(crops, 16, crop, p, 1));
      top = Math.min(top, value(crops, 16, crop, p, 2));
    }
    return List.of(left, top);
  }

  /** The positive of L_cl must be damaged as the anchor is. */
  @Test
  void shouldDegradeTheSecondCropWithTheSameStrength() throws IOException {
    write(root.resolve("grey/1.png"), 100, 40, 40);
    BatchSource source =
        batches(
            config("sets: [{root: grey, task: haze}]", "crops: 16", "batch: 2", "second: true"));
    Set<Integer> veils = new HashSet<>();
    for (int step = 0; step < 20; step++) {
      TrainingBatch batch = source.sample(step);
      for (int i = 0; i < 2; i++) {
        // Depth varies over 128 pixels and more, red is the same all over the image.
        int first = value(batch.degraded(), 16, i, 100, 0);
        veils.add(first);
        assertThat(value(batch.second(), 16, i, 100, 0)).isBetween(first - 12, first + 12);
      }
    }
    assertThat(veils).hasSizeGreaterThan(10);
  }

  @Test
  void shouldCutTheOutputsOfOtherRestorersAtTheSamePlace() throws IOException {
    for (int i = 1; i <= 3; i++) {
      write(root.resolve("a/" + i + ".png"), 60 + i, 44, 36);
      write(root.resolve("b/" + i + ".jpg"), 80 + i, 44, 36);
      write(root.resolve("b/" + i + ".png"), 80 + i, 44, 36);
    }
    Files.delete(root.resolve("b/1.jpg"));
    Files.delete(root.resolve("b/2.jpg"));
    Files.delete(root.resolve("b/3.jpg"));
    TrainingData data =
        config(
                "sets: [{kind: pairs, root: rainy, task: rain, negatives: [a, b]}]",
                "crops: 16",
                "batch: 4")
            .open();
    // Of the fourth image there is no output: it is left out and named.
    assertThat(data.skipped()).extracting(CleanImages.Skipped::file).containsExactly("4.png");
    assertThat(data.size()).isEqualTo(3);
    BatchSource source = data.batches(STEPS, 1);
    for (int step = 0; step < 10; step++) {
      TrainingBatch batch = source.sample(step);
      assertThat(batch.negatives()).hasSize(2);
      for (int i = 0; i < batch.count(); i++) {
        for (int p = 0; p < 256; p += 37) {
          int input = value(batch.degraded(), 16, i, p, 0);
          assertThat(value(batch.negatives().get(0), 16, i, p, 0)).isEqualTo(input + 40);
          assertThat(value(batch.negatives().get(1), 16, i, p, 0)).isEqualTo(input + 60);
          assertThat(value(batch.negatives().get(1), 16, i, p, 1))
              .isEqualTo(value(batch.clean(), 16, i, p, 1));
        }
      }
    }
  }

  @Test
  void shouldRefuseNegativesThatCannotFitTheirInputs() {
    assertThatThrownBy(() -> config("sets: [{root: photos, negatives: [a]}]"))
        .hasMessageContaining("pairs");
    assertThatThrownBy(
            () ->
                config(
                    "sets:",
                    "  - {kind: pairs, root: rainy, task: rain, negatives: [a]}",
                    "  - {root: photos}"))
        .hasMessageContaining("negatives");
    assertThatThrownBy(
            () ->
                config(
                    "sets: [{kind: pairs, root: rainy, task: rain, negatives: [a]}]",
                    "jpeg: {probability: 1}"))
        .hasMessageContaining("jpeg");
  }

  @Test
  void shouldCompressCropsThatArePairsAsWell() throws IOException {
    String set = "sets: [{kind: pairs, root: rainy, task: rain}]";
    BatchSource plain = batches(config(set, "crops: 16", "batch: 4"));
    BatchSource compressed =
        batches(
            config(set, "crops: 16", "batch: 4", "jpeg: {probability: 0.5, quality: [20, 30]}"));
    int changed = 0;
    for (int step = 0; step < 20; step++) {
      TrainingBatch before = plain.sample(step);
      TrainingBatch after = compressed.sample(step);
      for (int i = 0; i < 4; i++) {
        // Uncompressed, the red of a pair is 20 below the truth's everywhere.
        boolean exact = true;
        for (int p = 0; p < 256; p++) {
          exact &= value(after.degraded(), 16, i, p, 0) == value(after.clean(), 16, i, p, 0) - 20;
          assertThat(value(before.degraded(), 16, i, p, 0))
              .isEqualTo(value(before.clean(), 16, i, p, 0) - 20);
        }
        changed += exact ? 0 : 1;
      }
    }
    assertThat(changed).isBetween(25, 55);
  }

  @Test
  void shouldAddASecondDegradationToSomeCropsOnly() throws IOException {
    TrainingDataConfig plain =
        config("sets: [{root: photos, degradation: noise:0}]", "crops: 16", "batch: 4");
    BatchSource mixed = batches(plain.withFeed(new RealFeed(0, 40, 95, 0.5, 0.5)));
    int changed = 0;
    for (int step = 0; step < 20; step++) {
      TrainingBatch batch = mixed.sample(step);
      assertThat(batch.task()).isEqualTo("noise");
      for (int i = 0; i < 4; i++) {
        boolean same = true;
        for (int p = 0; p < 256 && same; p++) {
          same = value(batch.degraded(), 16, i, p, 1) == value(batch.clean(), 16, i, p, 1);
        }
        changed += same ? 0 : 1;
      }
    }
    // Blur leaves a linear ramp as it is, and rain may miss a crop of 16 pixels.
    assertThat(changed).isBetween(12, 40);
  }

  @Test
  void shouldKeepTheScenesOfAFoldTogether() throws IOException {
    for (int scene = 0; scene < 5; scene++) {
      write(root.resolve("ots/clear/" + scene + ".png"), scene, 20, 20);
      write(root.resolve("ots/hazy/" + scene + "_1.png"), 100 + scene, 20, 20);
      write(root.resolve("ots/hazy/" + scene + "_2.png"), 200 + scene, 20, 20);
    }
    Set<Integer> seenBefore = new HashSet<>();
    for (String use : List.of("others", "held-out")) {
      TrainingDataConfig config =
          config(
              "sets: [{kind: ots, root: ots}]",
              "crops: 16",
              "fold: {index: 1, of: 2, use: " + use + "}");
      WholeImages whole = config.wholeImages(1);
      Set<Integer> scenes = new HashSet<>();
      for (int i = 0; i < whole.size(); i++) {
        scenes.add(whole.clean(i).rgb()[0] & 0xFF);
        assertThat(whole.degraded(i).rgb()[0] & 0xFF).isGreaterThanOrEqualTo(100);
        assertThat(whole.task(i)).isEqualTo("haze");
      }
      assertThat(config.open().size()).isEqualTo(2 * scenes.size());
      assertThat(scenes)
          .containsExactlyInAnyOrderElementsOf(
              use.equals("others") ? List.of(0, 2, 4) : List.of(1, 3));
      assertThat(seenBefore).noneMatch(scenes::contains);
      seenBefore.addAll(scenes);
    }
  }

  @Test
  void shouldReplaceAnImageThatCannotBeUsedByTheNextAndNameIt() throws IOException {
    Files.write(root.resolve("photos/2.png"), new byte[] {1, 2, 3});
    write(root.resolve("photos/3.png"), 3, 50, 10);
    TrainingDataConfig config =
        config("sets: [{root: photos, degradation: noise:0}]", "crops: 16", "batch: 4");
    TrainingData data = config.open();
    assertThat(data.skipped())
        .extracting(CleanImages.Skipped::file)
        .containsExactly("2.png", "3.png");
    assertThat(data.size()).isEqualTo(2);
    Map<Integer, Integer> drawn = new HashMap<>();
    BatchSource source = data.batches(STEPS, 1);
    for (int step = 0; step < STEPS; step++) {
      for (int i = 0; i < 4; i++) {
        drawn.merge(value(source.sample(step).clean(), 16, i, 0, 0), 1, Integer::sum);
      }
    }
    assertThat(drawn.keySet()).containsExactlyInAnyOrder(1, 4);
    // The fourth stands in for the second and third.
    assertThat(drawn.get(4)).isGreaterThan(2 * drawn.getOrDefault(1, 0));
  }

  /** A decoder may fail on pixels whose headers are sound; that shows while training only. */
  @Test
  void shouldSkipAnImageWhosePixelsAreBrokenAndStopWhereThereAreMany() throws IOException {
    write(root.resolve("large/1.png"), 1, 50, 40);
    write(root.resolve("large/2.png"), 2, 50, 40);
    write(root.resolve("large/3.png"), 3, 50, 40);
    SetImages images = large();
    SetImages untouched = large();
    Files.write(root.resolve("large/1.png"), new byte[] {1, 2, 3});
    assertThat(images.usable(0).clean().rgb()[0]).isEqualTo((byte) 2);
    assertThat(images.skipped()).extracting(CleanImages.Skipped::file).containsExactly("1.png");
    Files.write(root.resolve("large/2.png"), new byte[] {1, 2, 3});
    // The cache still holds the second; whoever has not decoded it finds two of three broken.
    assertThat(images.usable(1).clean().rgb()[0]).isEqualTo((byte) 2);
    assertThatThrownBy(() -> untouched.usable(0))
        .isInstanceOf(BatchException.class)
        .hasMessageContaining("2 of 3 images");
    assertThatThrownBy(this::large)
        .isInstanceOf(DataException.class)
        .hasMessageContaining("2 of 3 images")
        .hasMessageContaining("1.png");
  }

  private SetImages large() throws IOException {
    return SetImages.open(
        TrainingSet.clean(root.resolve("large"), TaskMix.DEFAULT),
        TrainingDataConfig.Fold.ALL,
        16,
        0.05,
        new ImageStore(0));
  }

  /** Whoever resumes with changed images or settings must be told. */
  @Test
  void shouldTellByItsIdentityWhateverChangesTheBatches() throws IOException {
    TrainingDataConfig config = three();
    String identity = config.open().identity().toString();
    assertThat(config.open().identity()).hasToString(identity);
    assertThat(config.withLoading(new TrainingDataConfig.Loading(3, 20, 0.5)).open().identity())
        .hasToString(identity);
    for (TrainingDataConfig other :
        List.of(
            config.withSecond(true),
            config.withAugment(false),
            config.withFeed(new RealFeed(0.1, 40, 95, 0, 0.5)),
            config.withCrops(CropSchedule.parse("16"), 5),
            config.withBatches(TrainingDataConfig.Batches.ONE_TYPE),
            config.withFold(new TrainingDataConfig.Fold(0, 2, true)).of("noise"),
            config.of("noise"))) {
      assertThat(other.open().identity().toString()).isNotEqualTo(identity);
    }
    // Same names, same sizes, other pixels.
    write(root.resolve("photos/1.png"), 99, 50, 40);
    assertThat(config.open().identity().toString()).isNotEqualTo(identity);
  }
}
