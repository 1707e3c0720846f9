package org.perceiveir.trainer.data.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.perceiveir.trainer.data.ImageFixtures.write;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The layouts that the data sets come in. */
final class DataSetTest {
  @TempDir private Path root;

  /** Each line: set, part, two files that lie where people keep them, a pair of names. */
  @ParameterizedTest(name = "{0} {2}")
  @CsvSource({
    "ots, TRAIN, part1/0025_0.8_0.1.jpg, clear/0025.jpg",
    "ots, TRAIN, OTS_BETA/haze/part2/0025_1_0.2.jpg, OTS_BETA/clear/clear_images/0025.png",
    "ots, TRAIN, synthetic/part1/0025_0.8_0.1.jpg, original/0025.jpg",
    "ots, TRAIN, hazy/0025_0.8_0.1.jpg, clear/0025.png",
    "sots, TEST, outdoor/hazy/0001_0.8_0.2.jpg, outdoor/gt/0001.png",
    "sots, TEST, SOTS/Outdoor/hazy/0001_0.8_0.2.jpg, SOTS/Outdoor/clear/0001.png",
    "sots, TEST, input/0001_0.8_0.2.jpg, target/0001.png",
    "rain100l, TRAIN, train/rain/norain-12x2.png, train/norain/norain-12.png",
    "rain100l, TRAIN, RainTrainL/rain-12.png, RainTrainL/norain-12.png",
    "rain100l, TEST, rain_data_test_Light/rain/X2/norain-001x2.png, rain_data_test_Light/norain/norain-001.png",
    "rain100l, TEST, test/input/rain-001.png, test/target/norain-001.png",
    "rain100l, TEST, rain-001.png, norain-001.png",
    "rain100l, TEST, input/1.png, target/1.png",
    "gopro, TRAIN, train/GOPR0372_07_00/blur/000047.png, train/GOPR0372_07_00/sharp/000047.png",
    "gopro, TEST, GOPRO_Large/test/GOPR0384_11_00/blur/000001.png, GOPRO_Large/test/GOPR0384_11_00/sharp/000001.png",
    "gopro, TEST, test/input/a-1.png, test/target/a-1.png",
    "lol, TRAIN, our485/low/2.png, our485/high/2.png",
    "lol, TEST, LOLdataset/eval15/Low/1.png, LOLdataset/eval15/High/1.png",
    "uieb, TEST, raw-890/2_img_.png, reference-890/2_img_.png",
    "uieb, TEST, UIEB/Raw_890/7.png, UIEB/Reference_890/7.png",
  })
  void shouldPairTheFilesOfASetInItsUsualFolders(
      String set, DataSet.Split split, String input, String target) throws IOException {
    write(root, input, target);
    Listing listing = DataSet.of(set).list(root, split);
    assertThat(listing.entries()).as("%s", listing.findings()).hasSize(1);
    assertThat(listing.entries().get(0).degraded()).contains(root.resolve(input));
    assertThat(listing.entries().get(0).clean()).isEqualTo(root.resolve(target));
    // The one image is not the published number: said, but no reason to refuse.
    assertThat(listing.findings()).extracting(Finding::kind).containsOnly(Finding.Kind.COUNT);
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "bsd400, images/train/12003.jpg, images/test/2018.jpg",
    "bsd400, BSDS500/data/images/train/12003.jpg, BSDS500/data/images/test/2018.jpg",
    "bsd400, 1.png, 2.png",
    "wed, pristine_images/00001.png, pristine_images/00002.png",
    "cbsd68, original_png/0000.png, original_png/0001.png",
    "urban100, HR/img_001.png, HR/img_002.png",
    "kodak24, kodim01.png, kodim02.PNG",
  })
  void shouldFindTheCleanImagesOfASet(String set, String first, String second) throws IOException {
    write(root, first, second);
    Listing listing = DataSet.of(set).list(root, DataSet.Split.TRAIN);
    assertThat(listing.entries())
        .extracting(ImageEntry::clean)
        .containsExactlyInAnyOrder(root.resolve(first), root.resolve(second));
    assertThat(listing.entries()).allMatch(e -> e.degraded().isEmpty());
  }

  @Test
  void shouldTakeTheLargeImageOfEachSizeOfUrban100() throws IOException {
    write(root, "image_SRF_4/img_001_SRF_4_HR.png", "image_SRF_4/img_001_SRF_4_LR.png");
    assertThat(DataSet.URBAN100.list(root, DataSet.Split.TEST).entries())
        .extracting(ImageEntry::name)
        .containsExactly("image_SRF_4/img_001_SRF_4_HR.png");
  }

  /** Training on test images would make every figure worthless. */
  @Test
  void shouldNotTakeTheOtherPartOfASet() throws IOException {
    write(root, "train/input/1.png", "train/target/1.png");
    for (DataSet set : List.of(DataSet.GOPRO, DataSet.RAIN100L, DataSet.LOL)) {
      assertThat(set.list(root, DataSet.Split.TRAIN).entries()).as(set.id()).hasSize(1);
      assertThat(set.list(root, DataSet.Split.TEST).findings())
          .as(set.id())
          .extracting(Finding::kind)
          .containsExactly(Finding.Kind.MISSING);
    }
  }

  @Test
  void shouldKeepSequencesApartAndNameTheFrameThatIsAlone() throws IOException {
    write(
        root,
        "train/A/blur/1.png",
        "train/A/sharp/1.png",
        "train/B/blur/1.png",
        "train/B/sharp/1.png",
        "train/B/blur/2.png",
        "train/C/blur/1.png");
    Listing listing = DataSet.GOPRO.list(root, DataSet.Split.TRAIN);
    assertThat(listing.entries())
        .extracting(ImageEntry::name)
        .containsExactly("A/1.png", "B/1.png");
    assertThat(listing.entries().get(1).clean()).isEqualTo(root.resolve("train/B/sharp/1.png"));
    assertThat(listing.findings())
        .filteredOn(f -> f.kind() == Finding.Kind.UNPAIRED)
        .extracting(Finding::subject)
        .containsExactly("B/2.png", "C");
  }

  @Test
  void shouldPairManyHazyImagesWithOneTruthAndNameWhatIsAlone() throws IOException {
    write(
        root,
        "hazy/0025_0.8_0.1.jpg",
        "hazy/0025_0.9_0.1.jpg",
        "hazy/0031_0.9_0.1.jpg",
        "clear/0025.png",
        "clear/0099.png");
    Listing listing = DataSet.OTS.list(root, DataSet.Split.TRAIN);
    assertThat(listing.entries()).hasSize(2);
    assertThat(listing.findings())
        .filteredOn(f -> f.kind() == Finding.Kind.UNPAIRED)
        .extracting(Finding::subject)
        .containsExactly("0031_0.9_0.1.jpg", "0099.png");
  }

  @Test
  void shouldSayWhatItLookedForWhereNothingIs() throws IOException {
    Finding sots = DataSet.SOTS.list(root.resolve("absent"), DataSet.Split.TEST).findings().get(0);
    assertThat(sots.what()).contains("no such folder", "hazy", "gt", "outdoor");
    Files.createFile(root.resolve("1.tif"));
    Listing wed = DataSet.WED.list(root, DataSet.Split.TRAIN);
    assertThat(wed.findings())
        .extracting(Finding::kind)
        .containsExactly(Finding.Kind.MISSING, Finding.Kind.OTHER_FORMAT);
    assertThat(wed.findings().get(0).what()).contains("pristine_images");
    assertThatThrownBy(() -> DataSet.of("imagenet"))
        .hasMessageContaining("imagenet")
        .hasMessageContaining("rain100l");
    assertThat(DataSet.of("Rain-100L")).isSameAs(DataSet.RAIN100L);
  }

  @ParameterizedTest
  @CsvSource({
    "equal, a/x.png, a/X.jpg, true",
    "equal, a/x.png, b/x.png, false",
    "prefix, a/x_1.png, b/x.png, true",
    "number, rain-007x2.png, norain-7.png, true",
    "number, rain-007x2.png, norain-8.png, false",
    "'foggy-(.*)_[0-9]+ -> clear-$1', foggy-a_3.png, clear-A.jpg, true",
  })
  void shouldPairTwoFoldersByARule(String rule, String input, String target, boolean paired)
      throws IOException {
    write(root.resolve("in"), input);
    write(root.resolve("out"), target);
    PairRule read = PairRule.parse(rule);
    assertThat(PairRule.parse(read.toString())).hasToString(rule);
    Listing listing = Layouts.pairs(root.resolve("in"), root.resolve("out"), read);
    assertThat(listing.entries()).hasSize(paired ? 1 : 0);
    assertThat(listing.findings()).hasSize(paired ? 0 : 3);
  }

  @Test
  void shouldRefuseTwoTruthsForOneImageAndMalformedRules() throws IOException {
    write(root, "in/1.png", "out/1.png", "out/1.jpg");
    Listing listing = Layouts.pairs(root.resolve("in"), root.resolve("out"), PairRule.EQUAL);
    assertThat(listing.entries()).isEmpty();
    assertThat(listing.findings().get(0).kind()).isEqualTo(Finding.Kind.AMBIGUOUS);
    for (String wrong : List.of("", "same", "(a -> b", "a -> $1", "a -> b -> c")) {
      assertThatThrownBy(() -> PairRule.parse(wrong))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
