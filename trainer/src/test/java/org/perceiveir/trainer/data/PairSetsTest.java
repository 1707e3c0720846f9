package org.perceiveir.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.perceiveir.trainer.data.ImageFixtures.write;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.imaging.degrade.GaussianNoise;
import org.perceiveir.imaging.metric.Psnr;
import org.perceiveir.testkit.SharedFolder;
import org.perceiveir.trainer.config.ConfigSection;
import org.perceiveir.trainer.data.layout.PairRule;

final class PairSetsTest {
  @TempDir private Path root;

  /** Reported figures rest on it: image i of those that can be used has seed i. */
  @Test
  void shouldDegradeEachImageWithItsIndexAsTheSeed() throws IOException {
    write(root, "a.png", "c.png");
    Files.write(root.resolve("b.png"), new byte[] {1, 2, 3});
    GaussianNoise noise = new GaussianNoise(25);
    ImagePairs pairs = PairSets.degraded(root, noise);
    CleanImages images = CleanImages.load(root, 7);
    assertThat(pairs.size()).isEqualTo(2);
    assertThat(pairs.title()).isEqualTo(root.getFileName().toString());
    assertThat(pairs.skipped()).extracting(CleanImages.Skipped::file).containsExactly("b.png");
    for (int i = 0; i < 2; i++) {
      assertThat(pairs.name(i)).isEqualTo(images.name(i));
      assertThat(pairs.clean(i).rgb()).isEqualTo(images.image(i).rgb());
      assertThat(pairs.degraded(i).rgb()).isEqualTo(noise.apply(images.image(i), i).rgb());
    }
  }

  @Test
  void shouldLeaveOutPairsOfTwoSizesAndNameThem() throws IOException {
    write(root, "input/1.png", "target/1.png", "input/3.png");
    write(root.resolve("input/2.png"), 1, 24, 20);
    write(root.resolve("target/2.png"), 1, 20, 24);
    ImagePairs pairs =
        PairSets.folders(root.resolve("input"), root.resolve("target"), PairRule.EQUAL);
    assertThat(pairs.size()).isEqualTo(1);
    assertThat(pairs.degraded(0).rgb()[0]).isEqualTo((byte) 1);
    assertThat(pairs.clean(0).rgb()[0]).isEqualTo((byte) 2);
    assertThat(pairs.skipped())
        .extracting(CleanImages.Skipped::file)
        .containsExactly("3.png", "2.png");
    assertThat(pairs.skipped().get(1).reason()).contains("24x20").contains("20x24");
  }

  @Test
  void shouldOpenTheTestPartOfANamedSet() throws IOException {
    write(root, "our485/low/1.png", "our485/high/1.png", "eval15/low/9.png", "eval15/high/9.png");
    ImagePairs pairs = PairSets.named("LOL", root);
    assertThat(pairs.size()).isEqualTo(1);
    assertThat(pairs.name(0)).isEqualTo("9.png");
    assertThat(pairs.title()).isEqualTo("lol");
    assertThatThrownBy(() -> PairSets.named("cbsd68", root)).hasMessageContaining("degrade");
    assertThatThrownBy(() -> PairSets.named("lol", root, new GaussianNoise(15)))
        .hasMessageContaining("of its own");
    assertThatThrownBy(() -> PairSets.named("sots", root))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("hazy");
  }

  @Test
  void shouldOpenOneSetForEachDegradationOfAnEntry() throws IOException {
    write(root, "k/kodim01.png", "r/input/1.png", "r/target/1.png");
    ConfigSection config =
        ConfigSection.parse(
            "v.yaml",
            root,
            "sets: [{kind: kodak24, root: k}, {kind: pairs, root: r, task: rain},"
                + " {root: k, tasks: 'haze,blur'}]");
    List<ConfigSection> sets = config.sections("sets");
    assertThat(PairSets.fromConfig(sets.get(0)))
        .extracting(ImagePairs::title)
        .containsExactly("kodak24 noise:15", "kodak24 noise:25", "kodak24 noise:50");
    assertThat(PairSets.fromConfig(sets.get(1))).extracting(ImagePairs::title).containsExactly("r");
    assertThat(PairSets.fromConfig(sets.get(2)))
        .extracting(ImagePairs::title)
        .containsExactly("k haze:0.85:1", "k blur:9");
  }

  /** Figures of the inputs that were measured by somebody else: 26.83 and 18.25 dB. */
  @Test
  void shouldOpenRealPairs() throws IOException {
    ImagePairs rain =
        PairSets.named("rain100l", SharedFolder.require("data/pairs/Rain100L_2pairs"));
    assertThat(meanPsnr(rain)).isCloseTo(26.83, within(0.01));
    ImagePairs haze =
        PairSets.named("sots", SharedFolder.require("data/pairs/SOTS_outdoor_2pairs"));
    assertThat(meanPsnr(haze)).isCloseTo(18.25, within(0.01));
  }

  private static double meanPsnr(ImagePairs pairs) throws IOException {
    assertThat(pairs.size()).isEqualTo(2);
    double sum = 0;
    for (int i = 0; i < 2; i++) {
      sum += Psnr.between(pairs.clean(i), pairs.degraded(i));
    }
    return sum / 2;
  }
}
