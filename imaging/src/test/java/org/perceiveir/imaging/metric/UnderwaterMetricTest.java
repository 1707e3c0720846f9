package org.perceiveir.imaging.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.TestImages;

/** Metrics without a reference meet odd images: none may come out as no number. */
final class UnderwaterMetricTest {
  @ParameterizedTest
  @EnumSource(Uciqe.Variant.class)
  void shouldGiveANumberForOneColour(Uciqe.Variant variant) {
    for (int value : new int[] {0, 1, 128, 255}) {
      RgbImage flat = TestImages.flat(20, 10, value, value, value);
      assertThat(Uciqe.of(flat, variant)).as("grey %s", value).isFinite().isNotNegative();
    }
    assertThat(Uciqe.of(TestImages.flat(20, 10, 0, 0, 0), Uciqe.Variant.LAB_FLOAT)).isZero();
  }

  /**
   * Two colours by hand: no lightness in between, so that the contrast is the distance of the outer
   * bins, and mean and deviation of two values.
   */
  @Test
  void shouldFollowTheDefinitionOfJou() {
    byte[] rgb = new byte[3 * 200];
    Arrays.fill(rgb, 300, 600, (byte) 255);
    // White has L 255 and black L 0, both a = b = 128.
    double chroma = Math.sqrt(2) * 128 / 255;
    double saturation = (1 + chroma / Math.sqrt(chroma * chroma + 1)) / 2;
    assertThat(Uciqe.of(RgbImage.wrap(20, 10, rgb)))
        .isCloseTo(0.2745 + 0.2576 * saturation, within(1e-7));
  }

  @ParameterizedTest
  @EnumSource(Uciqe.Variant.class)
  void shouldPreferColourToGrey(Uciqe.Variant variant) {
    RgbImage colours = TestImages.gradient(64, 48);
    byte[] dull = colours.rgb().clone();
    for (int i = 0; i < dull.length; i++) {
      dull[i] = (byte) (128 + ((dull[i] & 0xFF) - 128) / 4);
    }
    assertThat(Uciqe.of(colours, variant))
        .isGreaterThan(Uciqe.of(RgbImage.wrap(64, 48, dull), variant));
  }

  @Test
  void shouldNotDependOnTheOrderOfPixelsInUciqe() {
    RgbImage image = TestImages.noise(32, 24, 5);
    byte[] turned = new byte[image.rgb().length];
    for (int i = 0; i < turned.length; i += 3) {
      System.arraycopy(image.rgb(), i, turned, turned.length - 3 - i, 3);
    }
    for (Uciqe.Variant variant : Uciqe.Variant.values()) {
      assertThat(Uciqe.of(RgbImage.wrap(32, 24, turned), variant))
          .isCloseTo(Uciqe.of(image, variant), within(1e-12));
    }
  }

  @Test
  void shouldMeasureOneColourByItsChannelsOnly() {
    Uiqm flat = Uiqm.of(TestImages.flat(30, 20, 200, 100, 50));
    assertThat(flat.uism()).isZero();
    // Its blocks are not flat: the extremes are those of the three channels together.
    double w = (200.0 - 50) / (200 + 50);
    assertThat(flat.uiconm()).isCloseTo(-w * Math.log(w), within(1e-12));
    // The trimmed mean leaves one of 600 * 0.8 pixels out of its sum.
    double trimmed = 479.0 / 480;
    double mean = Math.hypot(100, 100) * trimmed;
    double deviation = Math.hypot(100, 100) * (1 - trimmed);
    assertThat(flat.uicm()).isCloseTo(-0.0268 * mean + 0.1586 * deviation, within(1e-9));
    assertThat(Uiqm.of(TestImages.flat(10, 10, 0, 0, 0)).value()).isZero();
  }

  @Test
  void shouldPreferSharpToBlurred() {
    RgbImage sharp = TestImages.noise(60, 60, 2);
    RgbImage soft = TestImages.gradient(60, 60);
    assertThat(Uiqm.of(sharp).uism()).isGreaterThan(Uiqm.of(soft).uism());
  }

  @Test
  void shouldRefuseImagesWithoutABlock() {
    assertThatThrownBy(() -> Uiqm.of(TestImages.noise(30, 9, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("30x9")
        .hasMessageContaining("10x10");
    assertThatThrownBy(() -> Uciqe.of(TestImages.noise(5, 10, 1), Uciqe.Variant.LAB_FLOAT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("51 pixels");
    assertThat(Uciqe.of(TestImages.noise(1, 1, 1))).isFinite();
    assertThat(Uciqe.of(TestImages.noise(17, 3, 1), Uciqe.Variant.LAB_FLOAT)).isFinite();
  }
}
