package org.perceiveir.model.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hours of training lie in such directories, and beside them files of other people. */
class DirectoryKindTest {
  private static final DirectoryKind KIND =
      new DirectoryKind(
          "an",
          "album",
          "make one",
          Set.of("album.json", "extra/cover.json"),
          IllegalAlbumException::new);

  @TempDir private Path temporary;
  private Path album = Path.of("");

  private static final class IllegalAlbumException extends IOException {
    private static final long serialVersionUID = 1L;

    IllegalAlbumException(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  @BeforeEach
  void place() {
    album = temporary.resolve("made").resolve("album");
  }

  private static ObjectNode json(String value) {
    return JsonNodeFactory.instance.objectNode().put("value", value);
  }

  private static Path fill(Path fresh, String value) throws IOException {
    KIND.writeDescription(fresh.resolve("album.json"), json(value));
    Files.createDirectory(fresh.resolve("extra"));
    KIND.writeDescription(fresh.resolve("extra/cover.json"), json(value));
    return fresh;
  }

  private void assertAlone() throws IOException {
    try (Stream<Path> left = Files.list(temporary.resolve("made"))) {
      assertThat(left).containsExactly(album);
    }
  }

  @Test
  void shouldReplaceADirectoryOfItsKindAndLeaveNothingBeside() throws IOException {
    KIND.write(album, fresh -> fill(fresh, "old"));
    Path written = KIND.write(album, fresh -> fill(fresh, "new"));

    assertThat(KIND.readDescription(album, "album.json")).isEqualTo(json("new"));
    assertThat(KIND.readDescription(album, "extra/cover.json")).isEqualTo(json("new"));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(album)))
        .isEqualTo("rwxr-xr-x");
    assertThat(written).doesNotExist();
    assertAlone();
  }

  @Test
  void shouldKeepTheOldDirectoryWhenTheNewOneCannotBeFilled() throws IOException {
    KIND.write(album, fresh -> fill(fresh, "old"));

    assertThatThrownBy(
            () ->
                KIND.write(
                    album,
                    fresh -> {
                      fill(fresh, "new");
                      throw new IOException("disk full");
                    }))
        .hasMessage("disk full");

    assertThat(KIND.readDescription(album, "album.json")).isEqualTo(json("old"));
    assertAlone();
  }

  @Test
  void shouldRefuseAPlaceThatHoldsSomethingElse() throws IOException {
    KIND.write(album, fresh -> fill(fresh, "old"));
    Path foreign = Files.writeString(album.resolve("extra").resolve("negatives.txt"), "mine");
    assertThatThrownBy(() -> KIND.write(album, fresh -> fill(fresh, "new")))
        .isInstanceOf(IllegalAlbumException.class)
        .hasMessage(
            album
                + " holds extra/negatives.txt, which is not part of an album: choose another"
                + " directory");
    assertThatThrownBy(() -> KIND.checkReplaceable(foreign))
        .isInstanceOf(IllegalAlbumException.class)
        .hasMessageContaining("is not a directory: choose another place for the album");
    assertThatThrownBy(() -> KIND.checkReplaceable(Path.of("/")))
        .isInstanceOf(IllegalAlbumException.class)
        .hasMessageContaining("/ cannot be an album");
    assertThat(foreign).hasContent("mine");
    assertThat(KIND.readDescription(album, "album.json")).isEqualTo(json("old"));

    Path link = Files.createSymbolicLink(temporary.resolve("link"), album);
    assertThatThrownBy(() -> KIND.checkReplaceable(link))
        .isInstanceOf(IllegalAlbumException.class)
        .hasMessageContaining("is not a directory");
  }

  @Test
  void shouldOpenFilesThatLieInTheDirectoryItselfOnly() throws IOException {
    KIND.write(album, fresh -> fill(fresh, "old"));
    Path file = album.resolve("album.json");
    Path elsewhere = Files.move(file, temporary.resolve("elsewhere"));
    assertThatThrownBy(() -> KIND.open(album, "album.json"))
        .isInstanceOf(IllegalAlbumException.class)
        .hasMessage(album + " is not an album: it has no album.json; make one");
    Files.createSymbolicLink(file, elsewhere);
    assertThatThrownBy(() -> KIND.open(album, "album.json"))
        .isInstanceOf(IllegalAlbumException.class)
        .hasMessage(file + " is a symbolic link: an album holds its files itself");
    try (SeekableByteChannel open = KIND.open(album, "extra/cover.json")) {
      assertThat(open.size()).isPositive();
    }
  }

  @Test
  void shouldNeitherWriteNorReadADescriptionThatIsTooLong() throws IOException {
    assertThatThrownBy(() -> KIND.write(album, fresh -> fill(fresh, "x".repeat(1 << 20))))
        .isInstanceOf(IllegalAlbumException.class)
        .hasMessageContaining("album.json would have 1048");
    assertThat(album).doesNotExist();
    KIND.write(album, fresh -> fill(fresh, "old"));
    Files.writeString(album.resolve("album.json"), " ".repeat((1 << 20) + 1));
    assertThatThrownBy(() -> KIND.readDescription(album, "album.json"))
        .isInstanceOf(IllegalAlbumException.class)
        .hasMessageContaining("more than 1048576 bytes");
    Files.writeString(album.resolve("album.json"), "{\"a\": 1, \"a\": 2}");
    assertThatThrownBy(() -> KIND.readDescription(album, "album.json"))
        .isInstanceOf(IllegalAlbumException.class)
        .hasMessageContaining("is not valid JSON: Duplicate");
  }
}
