package org.perceiveir.model.resize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.golden.Goldens;
import org.perceiveir.model.golden.GraphRun;
import org.perceiveir.model.safetensors.FloatTensor;

/** CLIP's features of a file depend on the rounding of the resized pixels. */
class ClipPreprocessingTest {

  @Test
  void shouldPrepareAnImageAsClipDoes() throws IOException {
    RgbImage image = RgbImage.wrap(37, 50, bytes("pil/u8_hwc", 50 * 37 * 3));
    FloatTensor expected =
        Goldens.tensors("resize/resize.safetensors").floats("clip_preprocess_24");

    FloatTensor found = GraphRun.toNchw(ClipPreprocessing.prepare(image, 24));

    assertThat(GraphRun.maxDifference(found, expected)).isLessThan(1e-6);
  }

  @Test
  void shouldRefuseASizeBelowOne() {
    RgbImage image = RgbImage.wrap(1, 1, new byte[3]);
    assertThatThrownBy(() -> ClipPreprocessing.prepare(image, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("input size 0");
  }

  /** A U8 tensor, which the project's reader hands out no values of. */
  private static byte[] bytes(String name, int count) throws IOException {
    byte[] file = Files.readAllBytes(Goldens.path("resize/resize.safetensors"));
    int header = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    var offsets =
        new com.fasterxml.jackson.databind.ObjectMapper()
            .readTree(new String(file, 8, header, StandardCharsets.UTF_8))
            .path(name)
            .path("data_offsets");
    assertThat(offsets.get(1).asInt() - offsets.get(0).asInt()).isEqualTo(count);
    byte[] values = new byte[count];
    System.arraycopy(file, 8 + header + offsets.get(0).asInt(), values, 0, count);
    return values;
  }
}
