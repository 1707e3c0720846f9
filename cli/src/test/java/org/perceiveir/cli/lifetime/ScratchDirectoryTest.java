package org.perceiveir.cli.lifetime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScratchDirectoryTest {

  @Test
  void shouldDeleteEverythingInItButNothingThatALinkInItLeadsTo(@TempDir Path elsewhere)
      throws IOException {
    Path outside = Files.writeString(elsewhere.resolve("kept.txt"), "kept");
    Path path;
    try (ScratchDirectory scratch = ScratchDirectory.create("perceive-test-")) {
      path = scratch.path();
      Files.writeString(Files.createDirectories(path.resolve("a/b")).resolve("c"), "x");
      Files.createSymbolicLink(path.resolve("link"), elsewhere);
    }

    assertThat(path).doesNotExist();
    assertThat(outside).hasContent("kept");
  }

  @Test
  void shouldTellByItsNameWhichProcessMadeIt() throws IOException {
    try (ScratchDirectory scratch = ScratchDirectory.create("perceive-test-")) {
      assertThat(String.valueOf(scratch.path().getFileName()))
          .startsWith("perceive-test-" + ProcessHandle.current().pid() + "-");
    }
  }
}
