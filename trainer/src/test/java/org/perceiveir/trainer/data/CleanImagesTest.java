package org.perceiveir.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;

final class CleanImagesTest {
  @TempDir Path folder;

  private void write(String name, int width, int height) throws IOException {
    RgbImage image = RgbImage.wrap(width, height, new byte[3 * width * height]);
    Files.write(folder.resolve(name), ImageEncoder.encode(image, ImageFormat.PNG));
  }

  @Test
  void shouldNameWhatItSkipsAndKeepTheRestInOrderOfNames() throws IOException {
    write("c.png", 20, 16);
    write("a.PNG", 16, 16);
    write("small.png", 40, 15);
    Files.write(folder.resolve("broken.jpg"), new byte[] {1, 2, 3});
    Files.writeString(folder.resolve("readme.txt"), "not an image");
    CleanImages images = CleanImages.load(folder, 16);
    assertThat(List.of(images.name(0), images.name(1))).containsExactly("a.PNG", "c.png");
    assertThat(images.size()).isEqualTo(2);
    assertThat(images.image(1).width()).isEqualTo(20);
    assertThat(images.skipped())
        .extracting(CleanImages.Skipped::file)
        .containsExactly("broken.jpg", "small.png");
    assertThat(images.skipped().get(1).reason()).contains("40x15").contains("16");
  }

  @Test
  void shouldSayWhyAFolderIsOfNoUse() throws IOException {
    assertThatThrownBy(() -> CleanImages.load(folder.resolve("absent"), 16))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("absent");
    assertThatThrownBy(() -> CleanImages.load(folder, 16))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(".png");
    write("a.png", 8, 8);
    assertThatThrownBy(() -> CleanImages.load(folder, 16))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a.png")
        .hasMessageContaining("8x8");
  }

  @Test
  void shouldRefuseAFolderBeforeDecodingWhenItsImagesExceedTheHeap() throws IOException {
    // The header of one large image under many names: linked, so that it costs the disk nothing.
    write("a.png", 4000, 4000);
    long each = 3L * 4000 * 4000;
    long names = Runtime.getRuntime().maxMemory() / each + 1;
    for (long i = 1; i < names; i++) {
      Files.createLink(folder.resolve("b" + i + ".png"), folder.resolve("a.png"));
    }
    assertThatThrownBy(() -> CleanImages.load(folder, 16))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("MiB decoded")
        .hasMessageContaining("-Xmx");
  }
}
