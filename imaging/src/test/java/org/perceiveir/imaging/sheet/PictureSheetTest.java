package org.perceiveir.imaging.sheet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.sheet.PictureSheet.Cell;

class PictureSheetTest {

  @Test
  void shouldShowRowsBesideEachOtherWithPixelsUnscaled() {
    PictureSheet sheet = new PictureSheet(400, 150);
    sheet.row(new Cell(grey(60, 80, 30), "a"), new Cell(grey(60, 80, 40), "b"));
    sheet.row(new Cell(grey(100, 40, 10), "c"));

    RgbImage drawn = sheet.draw();

    assertThat(sheet.rows()).isEqualTo(2);
    assertThat(drawn.width()).isEqualTo(206);
    assertThat(drawn.height()).isEqualTo(166);
    assertThat(drawn.rgb()[0]).isEqualTo((byte) 30);
    assertThat(drawn.rgb()[3 * 106]).isEqualTo((byte) 40);
    assertThat(drawn.rgb()[3 * 86 * 206]).isEqualTo((byte) 10);
    assertThat(drawn.rgb()[3 * (86 * 206 + 106)]).as("no picture, white").isEqualTo((byte) 255);
  }

  /** Labels lie in a corner of their cell and must not cover what is compared. */
  @Test
  void shouldKeepALabelOffTheUpperHalfOfItsCell() {
    PictureSheet plain = new PictureSheet(400, 150);
    plain.row(new Cell(grey(200, 100, 90), ""));
    PictureSheet labelled = new PictureSheet(400, 150);
    labelled.row(new Cell(grey(200, 100, 90), "a label that is longer than its cell is wide"));

    byte[] expected = plain.draw().rgb();
    byte[] drawn = labelled.draw().rgb();

    assertThat(drawn).hasSameSizeAs(expected);
    assertThat(Arrays.copyOf(drawn, 3 * 200 * 50)).isEqualTo(Arrays.copyOf(expected, 3 * 200 * 50));
  }

  @Test
  void shouldShowTheMiddleOfALargePicture() {
    byte[] rgb = new byte[3 * 9 * 7];
    Arrays.fill(rgb, 3 * (3 * 9 + 4), 3 * (3 * 9 + 4) + 3, (byte) 200);
    PictureSheet sheet = new PictureSheet(1, 1);
    sheet.row(new Cell(RgbImage.wrap(9, 7, rgb), ""));

    assertThat(sheet.draw().rgb()).containsExactly((byte) 200, (byte) 200, (byte) 200);
  }

  @Test
  void shouldRefuseASheetOfNothing() {
    assertThatThrownBy(() -> new PictureSheet(0, 4)).hasMessageContaining("0x4");
    assertThatThrownBy(() -> new PictureSheet(4, 4).row()).hasMessageContaining("picture");
    assertThatThrownBy(() -> new PictureSheet(4, 4).draw()).hasMessageContaining("no row");
  }

  private static RgbImage grey(int width, int height, int level) {
    byte[] rgb = new byte[3 * width * height];
    Arrays.fill(rgb, (byte) level);
    return RgbImage.wrap(width, height, rgb);
  }
}
