package org.perceiveir.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.degrade.Degradations;
import org.perceiveir.imaging.metric.Psnr;
import org.perceiveir.imaging.scene.SyntheticScene;

class ClassicalFilterTest {
  private static final int WIDTH = 131;
  private static final int HEIGHT = 97;

  @ParameterizedTest
  @CsvSource({
    "WAVELET, noise:15, 2.5",
    "WAVELET, noise:50, 6",
    "MEDIAN, noise:50, 3",
    "EQUALIZE, low-light, 3"
  })
  void shouldComeNearerToTheTruthOfWhatItIsFor(
      ClassicalFilter filter, String degradation, double gainDb) {
    RgbImage truth = scene();
    RgbImage degraded = Degradations.parse(degradation).apply(truth, 1);

    RgbImage restored = filter.restore(List.of(degraded)).get(0);

    assertThat(Psnr.between(truth, restored) - Psnr.between(truth, degraded)).isGreaterThan(gainDb);
  }

  @ParameterizedTest
  @EnumSource
  void shouldKeepTheSizeAndWhatItWasGiven(ClassicalFilter filter) {
    RgbImage image = scene();
    byte[] before = image.rgb().clone();

    List<RgbImage> restored = filter.restore(List.of(image, image));

    assertThat(restored).hasSize(2).allMatch(r -> r.width() == WIDTH && r.height() == HEIGHT);
    assertThat(image.rgb()).isEqualTo(before);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "EQUALIZE")
  void shouldLeaveAnEvenImageAsItIs(ClassicalFilter filter) {
    byte[] rgb = new byte[WIDTH * HEIGHT * 3];
    Arrays.fill(rgb, (byte) 77);

    assertThat(filter.restore(List.of(RgbImage.wrap(WIDTH, HEIGHT, rgb))).get(0).rgb())
        .isEqualTo(rgb);
  }

  @ParameterizedTest
  @EnumSource
  void shouldTakeImagesOfAnySize(ClassicalFilter filter) {
    for (int[] size : new int[][] {{1, 1}, {3, 5}, {16, 16}, {5, 40}, {40, 17}}) {
      byte[] rgb = new byte[size[0] * size[1] * 3];
      new Random(1).nextBytes(rgb);

      RgbImage restored = filter.restore(List.of(RgbImage.wrap(size[0], size[1], rgb))).get(0);

      assertThat(restored.width()).isEqualTo(size[0]);
      assertThat(restored.height()).isEqualTo(size[1]);
    }
  }

  @Test
  void shouldNameTheFiltersThereAreWhenOneIsNotKnown() {
    assertThat(ClassicalFilter.fromId("median")).isEqualTo(ClassicalFilter.MEDIAN);
    assertThatThrownBy(() -> ClassicalFilter.fromId("bm3d"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("filter 'bm3d' is not known; choose from wavelet, median, equalize");
  }

  private static RgbImage scene() {
    return SyntheticScene.street(1, WIDTH, HEIGHT).frame(0);
  }
}
