package org.perceiveir.streams.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever may write to a topic must not be able to read the disk. */
class ModelFolderTest {
  @TempDir private Path directory;
  private Path models;

  @BeforeEach
  void fill() throws IOException {
    models = Files.createDirectories(directory.resolve("models"));
    Files.createDirectories(models.resolve("compact-2"));
    Files.createDirectories(directory.resolve("secret"));
    Files.writeString(models.resolve("notes"), "no bundle");
  }

  @Test
  void shouldFindABundleByItsName() throws IOException {
    assertThat(new ModelFolder(models).resolve("compact-2"))
        .isEqualTo(models.toRealPath().resolve("compact-2"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../secret", "..", ".", "/etc", "compact-2/..", "a/b", "", "Compact", "a\u0000b"})
  void shouldRefuseWhatIsNoName(String name) {
    assertThatThrownBy(() -> new ModelFolder(models).resolve(name))
        .isInstanceOf(ModelRefusedException.class)
        .hasMessageContaining("is no name of a bundle");
  }

  @Test
  void shouldRefuseALinkThatLeadsOut() throws IOException {
    Files.createSymbolicLink(models.resolve("sly"), directory.resolve("secret"));

    assertThatThrownBy(() -> new ModelFolder(models).resolve("sly"))
        .isInstanceOf(ModelRefusedException.class)
        .hasMessageContaining("'sly' is a link to somewhere else");
  }

  @Test
  void shouldFollowALinkThatStaysInside() throws IOException {
    Files.createSymbolicLink(models.resolve("current"), models.resolve("compact-2"));

    assertThat(new ModelFolder(models).resolve("current").endsWith("compact-2")).isTrue();
  }

  @Test
  void shouldNameTheBundlesThatAreThereWhenTheNamedOneIsNot() {
    assertThatThrownBy(() -> new ModelFolder(models).resolve("large"))
        .isInstanceOf(ModelRefusedException.class)
        .hasMessageContaining("has no bundle 'large'; it has compact-2");
    assertThatThrownBy(() -> new ModelFolder(models).resolve("notes"))
        .hasMessageContaining("'notes' is no directory");
  }
}
