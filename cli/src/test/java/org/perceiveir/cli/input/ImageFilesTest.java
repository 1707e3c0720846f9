package org.perceiveir.cli.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFilesTest {
  @TempDir private Path folder;

  @Test
  void shouldRefuseAFileBeforeReadingItWhenItIsLongerThanADecoderTakes() throws IOException {
    // Three gigabytes that are not there: reading them would end the process.
    Path file = folder.resolve("huge.png");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(3L << 30);
    }
    assertThatThrownBy(() -> ImageFiles.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("3221225472")
        .hasMessageContaining("limit");
  }

  @Test
  void shouldReadTheWholeFileWhenItIsShortEnough() throws IOException {
    Path file = Files.write(folder.resolve("small.png"), new byte[] {1, 2, 3});
    assertThat(ImageFiles.read(file)).containsExactly(1, 2, 3);
  }
}
