package org.perceiveir.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.imaging.RgbImage;

/** WED comes as BMP; the JDK's writer is an independent second implementation. */
final class BitmapTest {
  @TempDir private Path folder;

  private static byte[] bitmap(RgbImage image) throws IOException {
    BufferedImage buffered =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_3BYTE_BGR);
    byte[] rgb = image.rgb();
    for (int i = 0; i < rgb.length / 3; i++) {
      int pixel =
          ((rgb[3 * i] & 0xFF) << 16) | ((rgb[3 * i + 1] & 0xFF) << 8) | (rgb[3 * i + 2] & 0xFF);
      buffered.setRGB(i % image.width(), i / image.width(), pixel);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(ImageIO.write(buffered, "bmp", out)).isTrue();
    return out.toByteArray();
  }

  @Test
  void shouldReadWhatTheJdkWrites() throws IOException {
    // Five pixels a row leave one byte of padding.
    RgbImage image = ImageFixtures.image(7, 5, 3);
    Path file = folder.resolve("1.bmp");
    Files.write(file, bitmap(image));
    assertThat(ImageFile.size(Files.readAllBytes(file))).hasToString("5x3");
    assertThat(ImageFile.decode(file).rgb()).isEqualTo(image.rgb());
    assertThat(CleanImages.load(folder, 1).image(0).rgb()).isEqualTo(image.rgb());
  }

  @Test
  void shouldRefuseWhatIsTruncatedOrClaimsTooMuch() throws IOException {
    byte[] whole = bitmap(ImageFixtures.image(7, 5, 3));
    for (int length : new int[] {2, 53, whole.length - 17}) {
      assertThatThrownBy(() -> ImageFile.size(Arrays.copyOf(whole, length)))
          .isInstanceOf(IOException.class);
    }
    byte[] huge = whole.clone();
    huge[21] = 0x7F;
    assertThatThrownBy(() -> ImageFile.size(huge)).hasMessageContaining("limits");
    byte[] palette = whole.clone();
    palette[28] = 8;
    assertThatThrownBy(() -> ImageFile.size(palette)).hasMessageContaining("8 bits");
  }
}
