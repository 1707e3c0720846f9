package org.perceiveir.model.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.perceiveir.imaging.RgbImage;

class PaddingTest {

  @Test
  void shouldReflectAboutTheLastPixelWhenTheFrameIsLargerThanThePad() {
    assertThat(reds(Padding.REFLECT, row(1, 2, 3, 4, 5), 8))
        .containsExactly(1, 2, 3, 4, 5, 4, 3, 2);
  }

  @Test
  void shouldRepeatTheEdgeWhenTheFrameIsSmallerThanThePad() {
    assertThat(reds(Padding.REFLECT, row(7, 9), 8)).containsExactly(7, 9, 9, 9, 9, 9, 9, 9);
  }

  @Test
  void shouldAppendZerosWhenTheBackbonePadsWithZeros() {
    assertThat(reds(Padding.ZERO, row(1, 2, 3), 8)).containsExactly(1, 2, 3, 0, 0, 0, 0, 0);
  }

  @Test
  void shouldCutBackExactlyWhatWasPaddedWhenRowsAreReflected() {
    RgbImage frame =
        RgbImage.wrap(
            3, 2, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18});
    byte[] padded = new byte[5 + 3 * 8 * 8];
    Padding.REFLECT.pad(frame, 8, 8, padded, 5);
    assertThat(Padding.crop(padded, 5, 8, 3, 2).rgb()).isEqualTo(frame.rgb());
    // Row 2 lies beyond the frame of two rows, whose pad of six is larger: the last row repeats.
    assertThat(Arrays.copyOfRange(padded, 5 + 3 * 8 * 2, 5 + 3 * 8 * 2 + 9))
        .isEqualTo(Arrays.copyOfRange(frame.rgb(), 9, 18));
  }

  private static RgbImage row(int... reds) {
    byte[] rgb = new byte[3 * reds.length];
    for (int i = 0; i < reds.length; i++) {
      rgb[3 * i] = (byte) reds[i];
    }
    return RgbImage.wrap(reds.length, 1, rgb);
  }

  private static int[] reds(Padding padding, RgbImage frame, int width) {
    byte[] padded = new byte[3 * width];
    padding.pad(frame, width, 1, padded, 0);
    int[] reds = new int[width];
    for (int i = 0; i < width; i++) {
      reds[i] = padded[3 * i];
    }
    return reds;
  }
}
