package org.perceiveir.imaging.scene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.metric.Psnr;

/** The scenes are drawn once for the class: their textures take a second or two. */
@TestInstance(Lifecycle.PER_CLASS)
final class SyntheticSceneTest {
  private static final int WIDTH = 192;
  private static final int HEIGHT = 108;

  enum Kind {
    STREET,
    LANDSCAPE;

    SyntheticScene create(long seed, int width, int height) {
      return this == STREET
          ? SyntheticScene.street(seed, width, height)
          : SyntheticScene.landscape(seed, width, height);
    }
  }

  private final SyntheticScene street = Kind.STREET.create(1, WIDTH, HEIGHT);
  private final SyntheticScene landscape = Kind.LANDSCAPE.create(1, WIDTH, HEIGHT);

  private SyntheticScene scene(Kind kind) {
    return kind == Kind.STREET ? street : landscape;
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void shouldDrawTheSameFrameForTheSameSeedAndIndexInAnyOrder(Kind kind) {
    RgbImage first = scene(kind).frame(30);
    assertThat(first.width()).isEqualTo(WIDTH);
    assertThat(first.height()).isEqualTo(HEIGHT);
    scene(kind).frame(3);
    assertThat(scene(kind).frame(30).rgb()).isEqualTo(first.rgb());
    assertThat(kind.create(1, WIDTH, HEIGHT).frame(30).rgb()).isEqualTo(first.rgb());
    assertThat(kind.create(2, WIDTH, HEIGHT).frame(30).rgb()).isNotEqualTo(first.rgb());
  }

  /** Neighbours look alike, distant frames do not: the camera moves on, and it does not jump. */
  @ParameterizedTest
  @EnumSource(Kind.class)
  void shouldMoveSmoothlyFromFrameToFrame(Kind kind) {
    IntFunction<RgbImage> frames = scene(kind)::frame;
    for (int index : new int[] {0, 37, 200, 1000}) {
      RgbImage frame = frames.apply(index);
      double next = Psnr.between(frame, frames.apply(index + 1));
      double later = Psnr.between(frame, frames.apply(index + 60));
      assertThat(next).as("frame %s", index).isBetween(15.0, 45.0);
      assertThat(next).as("frame %s", index).isGreaterThan(later + 2);
    }
  }

  /** PSNR on flat pictures would flatter a restorer: photographs have detail nearly everywhere. */
  @ParameterizedTest
  @EnumSource(Kind.class)
  void shouldHaveDetailLikeAPhotograph(Kind kind) {
    RgbImage image = scene(kind).frame(10);
    int lower = 0;
    int busy = 0;
    double sum = 0;
    for (int y = HEIGHT / 2; y < HEIGHT; y++) {
      for (int x = 1; x < WIDTH; x++) {
        int at = 3 * (y * WIDTH + x) + 1;
        int value = image.rgb()[at] & 0xFF;
        int step = Math.abs(value - (image.rgb()[at - 3] & 0xFF));
        lower++;
        busy += step >= 2 ? 1 : 0;
        sum += value;
      }
    }
    assertThat((double) busy / lower).isGreaterThan(0.5);
    assertThat(sum / lower).isBetween(40.0, 200.0);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void shouldShowTheSamePlaceAtAnotherSize(Kind kind) {
    RgbImage large = scene(kind).frame(5);
    RgbImage small = kind.create(1, WIDTH / 4, HEIGHT / 4).frame(5);
    byte[] averaged = new byte[small.rgb().length];
    for (int y = 0, i = 0; y < HEIGHT / 4; y++) {
      for (int x = 0; x < WIDTH / 4; x++) {
        for (int c = 0; c < 3; c++, i++) {
          int sum = 0;
          for (int s = 0; s < 16; s++) {
            int row = 4 * y + Math.floorDiv(s, 4);
            sum += large.rgb()[3 * (row * WIDTH + 4 * x + s % 4) + c] & 0xFF;
          }
          averaged[i] = (byte) (sum / 16);
        }
      }
    }
    assertThat(Psnr.between(small, RgbImage.wrap(WIDTH / 4, HEIGHT / 4, averaged)))
        .isGreaterThan(18);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void shouldDrawAnySizeAndLongSequences(Kind kind) {
    int[][] sizes = {{1, 1}, {1, 40}, {40, 1}, {33, 47}};
    for (int[] size : sizes) {
      SyntheticScene scene = kind.create(3, size[0], size[1]);
      for (int index : new int[] {0, 9999}) {
        RgbImage frame = scene.frame(index);
        assertThat(frame.width()).isEqualTo(size[0]);
        assertThat(frame.height()).isEqualTo(size[1]);
      }
    }
  }

  @Test
  void shouldRefuseNegativeIndexAndEmptySize() {
    assertThatThrownBy(() -> street.frame(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
    assertThatThrownBy(() -> landscape.frame(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> SyntheticScene.street(1, 0, 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0x5");
  }
}
