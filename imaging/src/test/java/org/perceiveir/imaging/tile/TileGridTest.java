package org.perceiveir.imaging.tile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.TestImages;

final class TileGridTest {
  private static final int CASES = 300;

  /** Sizes around the tile's, and random ones: smaller, equal, one more, many tiles. */
  private record Layout(int width, int height, int tile, int overlap) {
    static Layout random(SplittableRandom random) {
      int tile = random.nextInt(1, 40);
      return new Layout(
          random.nextInt(1, 130), random.nextInt(1, 130), tile, random.nextInt(0, tile / 2 + 1));
    }

    TileGrid grid() {
      return TileGrid.of(width, height, tile, overlap);
    }
  }

  @Test
  void shouldSumWeightsToOneAtEveryPixel() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < CASES; i++) {
      Layout layout = Layout.random(random);
      TileGrid grid = layout.grid();
      double[] sum = new double[layout.width() * layout.height()];
      for (Tile tile : grid.tiles()) {
        for (int y = tile.y(); y < tile.y() + tile.height(); y++) {
          for (int x = tile.x(); x < tile.x() + tile.width(); x++) {
            float weight = grid.weight(tile, x, y);
            assertThat(weight).isPositive();
            sum[y * layout.width() + x] += weight;
          }
        }
      }
      for (double s : sum) {
        assertThat(s).as(layout.toString()).isCloseTo(1, within(1e-5));
      }
    }
  }

  @Test
  void shouldLayEqualTilesInsideTheImageWithAtLeastTheOverlap() {
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < CASES; i++) {
      Layout layout = Layout.random(random);
      for (Tile tile : layout.grid().tiles()) {
        assertThat(tile.width()).isEqualTo(Math.min(layout.tile(), layout.width()));
        assertThat(tile.height()).isEqualTo(Math.min(layout.tile(), layout.height()));
        assertThat(tile.x()).isBetween(0, layout.width() - tile.width());
        assertThat(tile.y()).isBetween(0, layout.height() - tile.height());
      }
      List<Tile> firstRow = layout.grid().tiles().stream().filter(t -> t.row() == 0).toList();
      for (int t = 1; t < firstRow.size(); t++) {
        Tile left = firstRow.get(t - 1);
        assertThat(left.x() + left.width() - firstRow.get(t).x())
            .as(layout.toString())
            .isGreaterThanOrEqualTo(layout.overlap());
      }
    }
  }

  @Test
  void shouldReturnTheSameImageWhenCutTilesAreJoined() {
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < CASES; i++) {
      Layout layout = Layout.random(random);
      RgbImage image = TestImages.noise(layout.width(), layout.height(), i);
      TileGrid grid = layout.grid();
      assertThat(grid.join(grid.cut(image)).rgb()).as(layout.toString()).isEqualTo(image.rgb());
    }
  }

  /** A tile that differs from its neighbour must fade, not jump: seams are what blending is for. */
  @Test
  void shouldFadeFromTileToTileOverTheOverlap() {
    TileGrid grid = TileGrid.of(48, 32, 32, 16);
    RgbImage joined =
        grid.join(
            List.of(TestImages.flat(32, 32, 0, 0, 0), TestImages.flat(32, 32, 170, 170, 170)));
    int previous = 0;
    for (int x = 0; x < 48; x++) {
      int value = joined.rgb()[3 * x] & 0xFF;
      assertThat(value - previous).isBetween(0, 11);
      previous = value;
    }
    assertThat(previous).isEqualTo(170);
  }

  @Test
  void shouldUseAsFewTilesAsPossible() {
    assertThat(TileGrid.of(10, 10, 256, 32).tiles()).containsExactly(new Tile(0, 0, 0, 0, 10, 10));
    assertThat(TileGrid.of(256, 256, 256, 32).tiles()).hasSize(1);
    assertThat(TileGrid.of(257, 256, 256, 32).tiles()).hasSize(2);
    assertThat(TileGrid.of(480, 256, 256, 32).tiles()).hasSize(2);
    assertThat(TileGrid.of(481, 256, 256, 32).tiles()).hasSize(3);
    assertThat(TileGrid.of(1920, 1080, 256, 32).tiles()).hasSize(9 * 5);
  }

  @ParameterizedTest
  @CsvSource({"0,5,4,1,image size", "5,5,0,0,tile", "5,5,4,3,overlap", "5,5,4,-1,overlap"})
  void shouldNameTheParameterOutOfRange(int width, int height, int tile, int overlap, String name) {
    assertThatThrownBy(() -> TileGrid.of(width, height, tile, overlap))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name);
  }

  @Test
  void shouldRefusePiecesThatDoNotFit() {
    TileGrid grid = TileGrid.of(48, 32, 32, 16);
    RgbImage good = TestImages.flat(32, 32, 0, 0, 0);
    assertThatThrownBy(() -> grid.join(List.of(good)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 pieces");
    assertThatThrownBy(() -> grid.join(List.of(good, TestImages.flat(31, 32, 0, 0, 0))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("31x32");
    assertThatThrownBy(() -> grid.cut(good)).isInstanceOf(IllegalArgumentException.class);
  }

  /** A missing tile would leave a dark rectangle, and nobody would hear of it. */
  @Test
  void shouldRefuseTheImageWhenATileIsMissing() {
    TileGrid grid = TileGrid.of(48, 32, 32, 16);
    TileGrid.Blend blend = grid.blend();
    blend.add(TestImages.flat(32, 32, 9, 9, 9));
    assertThatThrownBy(blend::image)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("1 of 2 tiles were added");
    blend.add(TestImages.flat(32, 32, 9, 9, 9));
    assertThat(blend.image().rgb()).containsOnly(9);
    assertThatThrownBy(() -> blend.add(TestImages.flat(32, 32, 9, 9, 9)))
        .isInstanceOf(IllegalStateException.class);
  }
}
