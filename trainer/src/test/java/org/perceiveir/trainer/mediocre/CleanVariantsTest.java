package org.perceiveir.trainer.mediocre;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.scene.SyntheticScene;
import org.perceiveir.trainer.data.CleanImages;

final class CleanVariantsTest {
  @TempDir Path folder;

  private void write(Path to, int width, int height) throws IOException {
    Files.createDirectories(to);
    Files.write(
        to.resolve("a.png"),
        ImageEncoder.encode(SyntheticScene.landscape(1, width, height).frame(0), ImageFormat.PNG));
  }

  @Test
  void shouldMakeTheSameVariantsOfManySizesFromTheSameSeed() throws IOException {
    write(folder.resolve("clean"), 400, 300);
    for (String out : List.of("x", "y")) {
      int made = CleanVariants.write(folder.resolve("clean"), folder.resolve(out), 6, 3, i -> {});
      assertThat(made).isEqualTo(6);
    }
    CleanImages x = CleanImages.load(folder.resolve("x"), 1);
    CleanImages y = CleanImages.load(folder.resolve("y"), 1);
    Set<Integer> widths = new HashSet<>();
    for (int i = 0; i < 6; i++) {
      assertThat(x.image(i).rgb()).isEqualTo(y.image(i).rgb());
      widths.add(x.image(i).width());
      assertThat(x.image(i).width()).isBetween(152, 300);
    }
    assertThat(widths).hasSizeGreaterThan(3);
    assertThat(x.name(0)).isEqualTo("a-0.png");
  }

  @Test
  void shouldKeepImagesAsLargeAsAWindowWhereTheyAre() throws IOException {
    write(folder.resolve("clean"), 90, 40);
    CleanVariants.write(folder.resolve("clean"), folder.resolve("out"), 8, 3, i -> {});
    CleanImages made = CleanImages.load(folder.resolve("out"), 1);
    for (int i = 0; i < 8; i++) {
      assertThat(made.image(i).width()).isBetween(64, 68);
      assertThat(made.image(i).height()).isEqualTo(40);
    }
  }

  @Test
  void shouldRefuseNoVariants() {
    assertThatThrownBy(() -> CleanVariants.write(folder, folder, 0, 1, i -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 1");
  }
}
