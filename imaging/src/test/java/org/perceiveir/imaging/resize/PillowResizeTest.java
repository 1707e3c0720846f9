package org.perceiveir.imaging.resize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.TestImages;
import org.perceiveir.imaging.resize.PillowResize.Kernel;
import org.perceiveir.testkit.SharedFolder;

/** Figures of other people's programs depend on the rounding of the resized pixels. */
final class PillowResizeTest {
  @ParameterizedTest
  @CsvSource({"pil/bicubic_to_24x30_u8_hwc, BICUBIC", "pil/bilinear_to_24x30_u8_hwc, BILINEAR"})
  void shouldGivePillowsBytes(String golden, Kernel kernel) throws IOException {
    RgbImage image = RgbImage.wrap(37, 50, bytes("pil/u8_hwc", 50 * 37 * 3));

    RgbImage resized = PillowResize.apply(image, 30, 24, kernel);

    assertThat(resized.rgb()).isEqualTo(bytes(golden, 24 * 30 * 3));
  }

  @ParameterizedTest
  @EnumSource(Kernel.class)
  void shouldKeepWhatNeedsNoInterpolation(Kernel kernel) {
    RgbImage image = TestImages.noise(9, 7, 1);
    assertThat(PillowResize.apply(image, 9, 7, kernel).rgb()).isEqualTo(image.rgb());
    RgbImage flat = TestImages.flat(5, 3, 0, 128, 255);
    assertThat(PillowResize.apply(flat, 12, 1, kernel).rgb())
        .isEqualTo(TestImages.flat(12, 1, 0, 128, 255).rgb());
  }

  @Test
  void shouldRefuseASizeThatNoImageHas() {
    RgbImage image = RgbImage.wrap(1, 1, new byte[3]);
    assertThatThrownBy(() -> PillowResize.apply(image, 2, 0, Kernel.BICUBIC))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2x0");
    assertThatThrownBy(() -> PillowResize.apply(image, 40_000, 40_000, Kernel.BICUBIC))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("more bytes than an array holds");
  }

  /** A tensor of bytes in the file of resize goldens (safetensors). */
  private static byte[] bytes(String name, int count) throws IOException {
    byte[] file = Files.readAllBytes(SharedFolder.require("goldens/resize/resize.safetensors"));
    int header = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    Matcher offsets =
        Pattern.compile("\"" + name + "\"[^}]*\"data_offsets\": *\\[(\\d+), *(\\d+)]")
            .matcher(new String(file, 8, header, StandardCharsets.UTF_8));
    assertThat(offsets.find()).as("tensor %s", name).isTrue();
    int from = 8 + header + Integer.parseInt(offsets.group(1));
    int to = 8 + header + Integer.parseInt(offsets.group(2));
    assertThat(to - from).isEqualTo(count);
    return Arrays.copyOfRange(file, from, to);
  }
}
