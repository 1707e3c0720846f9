package org.perceiveir.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.tile.TileGrid;

class SeamsTest {
  private static final int WIDTH = 96;
  private static final int HEIGHT = 40;

  /** Two tiles: columns 0 to 63 and 32 to 95; inner edges in front of 32 and 64. */
  private static final TileGrid GRID = TileGrid.of(WIDTH, HEIGHT, 64, 32);

  private static RgbImage flat(int value) {
    byte[] rgb = new byte[3 * WIDTH * HEIGHT];
    Arrays.fill(rgb, (byte) value);
    return RgbImage.wrap(WIDTH, HEIGHT, rgb);
  }

  @Test
  void shouldFindNothingWhenTheResultsAreEqual() {
    Seams seams = Seams.of(flat(100), flat(100), GRID);

    assertThat(seams.rms()).isZero();
    assertThat(seams.across().rms()).isZero();
    assertThat(seams.near().count()).isEqualTo(3L * 2 * 2 * Seams.REACH * HEIGHT);
    assertThat(seams.across().count()).isEqualTo(3L * 2 * HEIGHT);
    assertThat(seams.near().plus(seams.far()).count()).isEqualTo(3L * WIDTH * HEIGHT);
  }

  /** A tone that is off everywhere is no seam. */
  @Test
  void shouldSeeNoJumpWhenTheWholeResultIsOff() {
    Seams seams = Seams.of(flat(100), flat(103), GRID);

    assertThat(seams.near().rms()).isCloseTo(3, within(1e-9));
    assertThat(seams.far().rms()).isCloseTo(3, within(1e-9));
    assertThat(seams.across().rms()).isZero();
  }

  @Test
  void shouldSeeTheJumpWhenATileEndsInAStep() {
    RgbImage stepped = flat(100);
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 64; x < WIDTH; x++) {
        for (int c = 0; c < 3; c++) {
          stepped.rgb()[3 * (y * WIDTH + x) + c] = 104;
        }
      }
    }

    Seams seams = Seams.of(flat(100), stepped, GRID);

    // One of the two edges jumps by four levels.
    assertThat(seams.across().rms()).isCloseTo(Math.sqrt(16 / 2.0), within(1e-9));
    assertThat(seams.along().rms()).isZero();
    assertThat(seams.plus(seams).across().rms()).isEqualTo(seams.across().rms());
  }
}
