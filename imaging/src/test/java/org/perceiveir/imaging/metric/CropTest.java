package org.perceiveir.imaging.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.TestImages;

final class CropTest {
  @ParameterizedTest
  @CsvSource({"321, 481, 320, 480, 0, 0", "35, 16, 32, 16, 1, 0", "47, 30, 32, 16, 7, 7"})
  void shouldKeepTheMiddleInMultiples(
      int width, int height, int newWidth, int newHeight, int left, int top) {
    RgbImage image = TestImages.noise(width, height, 1);
    RgbImage cut = Crop.toMultiple(image, 16);
    assertThat(cut.width()).isEqualTo(newWidth);
    assertThat(cut.height()).isEqualTo(newHeight);
    for (int y = 0; y < newHeight; y++) {
      for (int i = 0; i < 3 * newWidth; i++) {
        assertThat(cut.rgb()[3 * y * newWidth + i])
            .isEqualTo(image.rgb()[3 * ((top + y) * width + left) + i]);
      }
    }
  }

  @Test
  void shouldCutTheBorderOnAllSides() {
    RgbImage image = TestImages.noise(7, 5, 1);
    RgbImage middle = Crop.border(image, 2);
    assertThat(middle.width()).isEqualTo(3);
    assertThat(middle.height()).isEqualTo(1);
    assertThat(middle.rgb()).isEqualTo(java.util.Arrays.copyOfRange(image.rgb(), 48, 57));
    assertThat(Crop.border(image, 0).rgb()).isEqualTo(image.rgb());
  }

  @Test
  void shouldRefuseToLeaveNothing() {
    RgbImage image = TestImages.noise(9, 6, 1);
    assertThatThrownBy(() -> Crop.border(image, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("border of 3 pixels: an image of 9x6 has room for 0..2");
    assertThatThrownBy(() -> Crop.border(image, -1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Crop.toMultiple(image, 7))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("9x6");
    assertThatThrownBy(() -> Crop.toMultiple(image, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
