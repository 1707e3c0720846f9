package org.perceiveir.imaging.degrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.TestImages;
import org.perceiveir.imaging.metric.Psnr;

final class MixtureTest {
  private static final long SEED = 42;

  /** Every model, in the order of the light. */
  private static final String ALL = "haze+rain+blur+low-light+noise+jpeg";

  /** Training restarts in the middle, and figures name the seed only. */
  @ParameterizedTest
  @ValueSource(strings = {"jpeg", "noise+jpeg", "haze+rain+blur", "low-light+noise", ALL})
  void shouldGiveTheSameBytesForTheSameSeedAndFrame(String notation) {
    RgbImage image = TestImages.noise(65, 43, 1);
    byte[] before = image.rgb().clone();
    byte[] first = Degradations.parse(notation).apply(image, SEED, 7).rgb();
    assertThat(Degradations.parse(notation).apply(image, SEED, 7).rgb()).isEqualTo(first);
    assertThat(Degradations.parse(notation).apply(image, SEED).rgb())
        .isEqualTo(Degradations.parse(notation).apply(image, SEED, 0).rgb());
    assertThat(image.rgb()).as("the clean image").isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"noise+jpeg", "haze+rain+blur", "low-light+noise", ALL})
  void shouldChangeWithTheSeed(String notation) {
    RgbImage image = TestImages.gradient(65, 43);
    Degradation degradation = Degradations.parse(notation);
    assertThat(degradation.apply(image, SEED + 1).rgb())
        .isNotEqualTo(degradation.apply(image, SEED).rgb());
  }

  @Test
  void shouldTakeNothingOfTheSeedIntoCompression() {
    RgbImage image = TestImages.gradient(40, 30);
    JpegCompression jpeg = new JpegCompression(30);
    assertThat(jpeg.apply(image, 1, 2).rgb()).isEqualTo(jpeg.apply(image, 3, 4).rgb());
  }

  @Test
  void shouldTakeEveryTypeAndEveryPairOfThem() {
    for (DegradationType one : DegradationType.values()) {
      assertThat(Degradations.parse(ALL).parts())
          .as("MixtureTest.ALL: insert the new type where Mixture places it")
          .contains(Degradations.standard(one));
      for (DegradationType other : DegradationType.values()) {
        if (one != other) {
          Mixture mixture = Mixture.of(Degradations.standard(one), Degradations.standard(other));
          assertThat(mixture.parts()).hasSize(2);
        }
      }
    }
  }

  /** The order of the light, not of the words: rain is smeared by the shutter, noise is not. */
  @Test
  void shouldApplyItsPartsInTheOrderOfTheLight() {
    RgbImage image = TestImages.gradient(80, 60);
    RgbImage expected = image;
    for (String part : ALL.split("\\+", -1)) {
      expected = Degradations.parse(part).apply(expected, SEED, 3);
    }
    List<String> words = new ArrayList<>(List.of(ALL.split("\\+", -1)));
    Random random = new Random(5);
    for (int i = 0; i < 10; i++) {
      Collections.shuffle(words, random);
      Degradation mixture = Degradations.parse(String.join("+", words));
      assertThat(mixture).isEqualTo(Degradations.parse(ALL));
      assertThat(mixture.apply(image, SEED, 3).rgb()).isEqualTo(expected.rgb());
    }
  }

  /** The veil of a sequence must not jump when rain sets in. */
  @Test
  void shouldKeepTheHazeOfASeedInAMixture() {
    RgbImage image = TestImages.gradient(80, 60);
    Mixture mixture = Mixture.of(new RainStreaks(0, 20, 1, 0.5), new Haze(0.8, 1.5));
    assertThat(mixture.apply(image, SEED).rgb())
        .isEqualTo(new Haze(0.8, 1.5).apply(image, SEED).rgb());
  }

  /** Two noises of one seed: were they the same numbers, they would add up to more. */
  @Test
  void shouldDrawUnrelatedNumbersForItsParts() {
    RgbImage grey = TestImages.flat(200, 200, 128, 128, 128);
    byte[] noise = new GaussianNoise(20).apply(grey, SEED).rgb();
    byte[] sensor = new LowLight(1, 1, 0, 0.08).apply(grey, SEED).rgb();
    double product = 0;
    for (int i = 0; i < noise.length; i++) {
      product += ((noise[i] & 0xFF) - 127.5) * ((sensor[i] & 0xFF) - 128);
    }
    assertThat(Math.abs(product / noise.length) / 400).isLessThan(0.02);
  }

  @Test
  void shouldWorkOnAnySizeAtAnyStrengthOfTheTrainingRange() {
    SplittableRandom random = new SplittableRandom(3);
    int[][] sizes = {{1, 1}, {1, 17}, {23, 1}, {2, 3}, {300, 5}, {5, 300}, {64, 64}};
    Set<DegradationType> seen = EnumSet.noneOf(DegradationType.class);
    int compressed = 0;
    int pairs = 0;
    for (int i = 0; i < 60; i++) {
      Mixture mixture = RandomMixtures.draw(random);
      assertThat(mixture.parts()).hasSizeBetween(2, 3);
      pairs += mixture.parts().size() == 2 ? 1 : 0;
      for (Degradation part : mixture.parts()) {
        if (part instanceof TaskDegradation task) {
          seen.add(task.type());
        } else {
          compressed++;
        }
      }
      for (int[] size : sizes) {
        RgbImage degraded = mixture.apply(TestImages.noise(size[0], size[1], i), i, i);
        assertThat(degraded.width()).isEqualTo(size[0]);
        assertThat(degraded.height()).isEqualTo(size[1]);
      }
    }
    assertThat(seen).containsExactlyInAnyOrder(DegradationType.values());
    assertThat(compressed).isBetween(10, 40);
    assertThat(pairs).isBetween(15, 45);
  }

  @Test
  void shouldFallInPsnrWithTheStrength() {
    RgbImage smooth = TestImages.gradient(120, 90);
    RgbImage image = new GaussianNoise(8).apply(smooth, 1);
    double previous = Double.POSITIVE_INFINITY;
    for (int quality : new int[] {100, 80, 60, 40, 20, 5, 1}) {
      double psnr = Psnr.between(image, new JpegCompression(quality).apply(image, SEED));
      assertThat(psnr).as("quality %s", quality).isLessThan(previous);
      previous = psnr;
    }
    previous = Double.POSITIVE_INFINITY;
    for (String mixture : List.of("noise:5+jpeg:90", "noise:15+jpeg:60", "noise:50+jpeg:20")) {
      double psnr = Psnr.between(smooth, Degradations.parse(mixture).apply(smooth, SEED));
      assertThat(psnr).as(mixture).isLessThan(previous);
      previous = psnr;
    }
  }

  @Test
  void shouldLeaveAlmostNothingToSeeAtTheBestQuality() {
    RgbImage smooth = TestImages.gradient(120, 90);
    assertThat(Psnr.between(smooth, new JpegCompression(100).apply(smooth, SEED)))
        .isGreaterThan(40);
  }

  @Test
  void shouldRefuseAMixtureOfOneOrOfTheSameModelTwice() {
    assertThatThrownBy(() -> Mixture.of(new GaussianNoise(25)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two or more");
    assertThatThrownBy(
            () -> Mixture.of(new GaussianNoise(25), new Haze(1, 1), new GaussianNoise(5)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("haze:1:1+noise:25+noise:5")
        .hasMessageContaining("twice");
    assertThatThrownBy(() -> Mixture.of(new JpegCompression(5), new JpegCompression(6)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldCountAnInnerMixtureAsItsParts() {
    Mixture inner = Mixture.of(new JpegCompression(40), new Haze(0.9, 1));
    assertThat(Mixture.of(new GaussianNoise(25), inner))
        .isEqualTo(Degradations.parse("haze:0.9:1+noise:25+jpeg:40"));
  }

  /** Blocks of compression are as large in a weak mixture. */
  @Test
  void shouldWeakenItsPartsButNoCompression() {
    assertThat(Degradations.parse("haze:0.8:1+jpeg:40").weakened(0.5))
        .isEqualTo(Degradations.parse("haze:0.8:0.5+jpeg:40"));
  }

  @Test
  void shouldRefuseWhatNoEncoderTakes() {
    RgbImage wide = TestImages.flat(65501, 1, 1, 2, 3);
    assertThatThrownBy(() -> new JpegCompression(40).apply(wide, SEED))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("65501x1")
        .hasMessageContaining("65500");
    assertThat(new JpegCompression(40).apply(TestImages.flat(65500, 1, 1, 2, 3), SEED).width())
        .isEqualTo(65500);
    assertThatThrownBy(() -> new JpegCompression(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("JPEG quality is 0: it must lie in 1..100");
  }

  @Test
  void shouldDescribeItsPartsInOrder() {
    assertThat(Degradations.parse("jpeg+noise:15"))
        .hasToString("Gaussian noise, sigma 15; then JPEG, quality 40");
  }
}
