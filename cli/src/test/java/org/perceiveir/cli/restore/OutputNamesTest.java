package org.perceiveir.cli.restore;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class OutputNamesTest {

  @Test
  void shouldKeepTheBaseName() {
    assertThat(names("a.jpg", "b.c.png", "noending"))
        .containsExactly("a.png", "b.c.png", "noending.png");
  }

  @Test
  void shouldKeepTheWholeNameWhereFilesShareABaseName() {
    // Else one result silently replaces the other.
    assertThat(names("a.jpg", "a.png", "b.png")).containsExactly("a.jpg.png", "a.png.png", "b.png");
    assertThat(names("A.jpg", "a.png")).containsExactly("A.jpg.png", "a.png.png");
  }

  @Test
  void shouldNumberANameThatIsTakenEvenSo() {
    assertThat(names("a.jpg", "a.png", "a.jpg.png"))
        .doesNotHaveDuplicates()
        .contains("a.jpg.png", "a.png.png");
  }

  private static List<String> names(String... files) {
    return List.copyOf(OutputNames.of(Stream.of(files).map(Path::of).toList()).values());
  }
}
