package org.perceiveir.model.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafeTensorsFileTest {
  @TempDir private Path folder;

  /** The second tensor is longer than what is read at a time. */
  private static Map<String, FloatTensor> tensors(long seed) {
    Random random = new Random(seed);
    float[] values = new float[100_001];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat();
    }
    return Map.of(
        "a", new FloatTensor(new long[] {2, 1}, new float[] {1, -0f}),
        "b", new FloatTensor(new long[] {values.length}, values),
        "c", new FloatTensor(new long[] {0}, new float[0]));
  }

  @Test
  void shouldReadEachTensorWhenAskedInAnyOrder() throws IOException {
    Path file = folder.resolve("t.safetensors");
    SafeTensorsWriter.write(file, tensors(1), Map.of("step", "3"));
    try (SafeTensorsFile open = SafeTensorsFile.open(file)) {
      assertThat(open.names()).containsExactly("a", "b", "c");
      assertThat(open.metadata()).containsOnly(Map.entry("step", "3"));
      for (String name : new String[] {"c", "b", "a", "b"}) {
        assertThat(open.floats(name)).isEqualTo(tensors(1).get(name));
      }
      assertThatThrownBy(() -> open.floats("d"))
          .isInstanceOf(SafeTensorsException.class)
          .hasMessageContaining("no tensor d");
    }
  }

  /** A training that resumes must not see a mixture of two checkpoints. */
  @Test
  void shouldGoOnWithTheOldFileWhenItIsReplaced() throws IOException {
    Path file = folder.resolve("t.safetensors");
    SafeTensorsWriter.write(file, tensors(1), Map.of());
    try (SafeTensorsFile open = SafeTensorsFile.open(file)) {
      SafeTensorsWriter.write(file, tensors(2), Map.of());
      assertThat(open.floats("b")).isEqualTo(tensors(1).get("b")).isNotEqualTo(tensors(2).get("b"));
    }
  }

  @Test
  void shouldRefuseATruncatedFileBeforeAnyTensorIsRead() throws IOException {
    Path file = folder.resolve("t.safetensors");
    SafeTensorsWriter.write(file, tensors(1), Map.of());
    byte[] bytes = Files.readAllBytes(file);
    for (int length : new int[] {0, 7, 20, bytes.length - 1}) {
      Files.write(file, Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> SafeTensorsFile.open(file))
          .isInstanceOf(SafeTensorsException.class)
          .hasMessageContaining("t.safetensors");
    }
    Files.write(file, bytes);
    try (SafeTensorsFile open = SafeTensorsFile.open(file)) {
      Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
      assertThatThrownBy(() -> open.floats("b"))
          .isInstanceOf(SafeTensorsException.class)
          .hasMessageContaining("truncated");
    }
  }
}
