package org.perceiveir.imaging.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.TestImages;

final class MetricTest {
  @Test
  void shouldBeInfiniteAndOneWhenImagesAreEqual() {
    RgbImage image = TestImages.noise(16, 12, 1);
    RgbImage same = RgbImage.wrap(16, 12, image.rgb().clone());
    assertThat(Psnr.between(image, same)).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(Ssim.between(image, same)).isCloseTo(1, within(1e-12));
    assertThat(Ssim.gaussianBetween(image, same)).isCloseTo(1, within(1e-12));
  }

  /** Flat images have no variance: C2 cancels and the luminance term is left. */
  @Test
  void shouldFollowTheFormulaWhenImagesAreFlat() {
    RgbImage dark = TestImages.flat(11, 11, 100, 100, 100);
    RgbImage bright = TestImages.flat(11, 11, 110, 110, 110);
    double c1 = 2.55 * 2.55;
    double expected = (2 * 100 * 110 + c1) / (100 * 100 + 110 * 110 + c1);
    assertThat(Psnr.between(dark, bright)).isCloseTo(20 * Math.log10(25.5), within(1e-12));
    assertThat(Ssim.between(dark, bright)).isCloseTo(expected, within(1e-10));
    assertThat(Ssim.gaussianBetween(dark, bright)).isCloseTo(expected, within(1e-10));
  }

  @Test
  void shouldNotDependOnTheOrder() {
    RgbImage a = TestImages.noise(20, 15, 1);
    RgbImage b = TestImages.noise(20, 15, 2);
    assertThat(Psnr.between(a, b)).isEqualTo(Psnr.between(b, a));
    assertThat(Ssim.between(a, b)).isCloseTo(Ssim.between(b, a), within(1e-14));
  }

  /** Luma runs from 16 to 235, so a step of ten levels of grey is 10 * 219 / 255 of Y. */
  @Test
  void shouldCompareLumaInVideoRange() {
    RgbImage dark = TestImages.flat(11, 11, 100, 100, 100);
    RgbImage bright = TestImages.flat(11, 11, 110, 110, 110);
    double step = 10 * 219.0 / 255;
    assertThat(Psnr.lumaBetween(dark, bright)).isCloseTo(20 * Math.log10(255 / step), within(1e-9));
    assertThat(Psnr.lumaBetween(dark, dark)).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(Ssim.lumaBetween(dark, dark)).isCloseTo(1, within(1e-12));
    assertThatThrownBy(
            () -> Ssim.lumaBetween(TestImages.noise(10, 11, 1), TestImages.noise(10, 11, 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("11x11");
    assertThatThrownBy(() -> Psnr.lumaBetween(dark, TestImages.noise(9, 6, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("9x6");
  }

  /** The sum of squares of a large image exceeds an int. */
  @Test
  void shouldNotOverflowWhenALargeImageIsWhollyWrong() {
    RgbImage black = TestImages.flat(400, 400, 0, 0, 0);
    RgbImage white = TestImages.flat(400, 400, 255, 255, 255);
    assertThat(Psnr.between(black, white)).isEqualTo(0);
  }

  @Test
  void shouldRefuseWhenSizesDifferOrAreBelowTheWindow() {
    RgbImage a = TestImages.noise(6, 9, 1);
    assertThatThrownBy(() -> Psnr.between(a, TestImages.noise(9, 6, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("6x9")
        .hasMessageContaining("9x6");
    assertThatThrownBy(() -> Ssim.between(a, a))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("7x7");
    RgbImage b = TestImages.noise(10, 11, 1);
    assertThatThrownBy(() -> Ssim.gaussianBetween(b, b))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("11x11");
  }
}
