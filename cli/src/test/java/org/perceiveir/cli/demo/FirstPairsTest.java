package org.perceiveir.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.degrade.DegradationType;

class FirstPairsTest {

  @Test
  void shouldShowEachDegradationOnceWithItsPixelsUnscaled() {
    FirstPairs sheet = new FirstPairs();
    sheet.offer(DegradationType.RAIN, grey(100, 40, 10), grey(100, 40, 20));
    sheet.offer(DegradationType.NOISE, grey(60, 80, 30), grey(60, 80, 40));
    sheet.offer(DegradationType.NOISE, grey(60, 80, 99), grey(60, 80, 99));

    RgbImage drawn = sheet.draw();

    assertThat(drawn.width()).isEqualTo(206);
    assertThat(drawn.height()).isEqualTo(166);
    assertThat(drawn.rgb()[0]).isEqualTo((byte) 30);
    assertThat(drawn.rgb()[3 * 106]).isEqualTo((byte) 40);
    assertThat(drawn.rgb()[3 * 86 * 206]).isEqualTo((byte) 10);
  }

  private static RgbImage grey(int width, int height, int level) {
    byte[] rgb = new byte[3 * width * height];
    Arrays.fill(rgb, (byte) level);
    return RgbImage.wrap(width, height, rgb);
  }
}
