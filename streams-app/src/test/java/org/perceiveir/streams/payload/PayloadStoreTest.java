package org.perceiveir.streams.payload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.schemas.avro.ExternalPayload;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.faults.SmallDisk;

class PayloadStoreTest {
  private static final byte[] PIXELS = {1, 2, 3};

  @TempDir private Path root;

  private PayloadStore store() {
    return PayloadStore.open("payload.output.root", root);
  }

  private static FrameIdentity identity(String source) {
    return new FrameIdentity(source, 17L, 42L, null);
  }

  private ExternalPayload write(String source, byte[] bytes) {
    return store().write(identity(source), "compact", "1+0123abcd", FrameEncoding.PNG, bytes);
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(Files::isRegularFile).map(root::relativize).toList();
    }
  }

  @Test
  void shouldWriteAFileThatTheReaderTakesBack() throws Exception {
    ExternalPayload written = write("cam-1", PIXELS);

    assertThat(files())
        .containsExactly(Path.of("cam-1/17-42.compact.1=2B0123abcd.039058c6f2c0cb49.png"));
    assertThat(written.getSizeBytes()).isEqualTo(3);
    try (PayloadReader reader =
        PayloadReader.ofInput(References.config("payload.file.roots", root.toString()))) {
      assertThat(reader.read(written)).isEqualTo(PIXELS);
    }
  }

  /** After a crash the frame is restored again; readers may have the first record already. */
  @Test
  void shouldWriteTheSameNameAgainWhenTheSameFrameComesAgain() throws Exception {
    ExternalPayload first = write("cam", PIXELS);
    ExternalPayload again = write("cam", PIXELS);

    assertThat(again).isEqualTo(first);
    assertThat(files()).hasSize(1);
  }

  /** What a committed record refers to must stay as it is, whatever a second run makes of it. */
  @Test
  void shouldNeverReplaceAFileByOtherPixels() throws Exception {
    ExternalPayload first = write("cam", PIXELS);
    ExternalPayload other = write("cam", new byte[] {9});

    assertThat(other.getUri()).isNotEqualTo(first.getUri());
    assertThat(Files.readAllBytes(Path.of(URI.create(first.getUri())))).isEqualTo(PIXELS);
    assertThat(files()).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "..",
        ".",
        "../../etc",
        "/etc/passwd",
        "a/b",
        "a\\b",
        "C:",
        "\u0000",
        ".hidden",
        " "
      })
  void shouldStayUnderTheRootWhateverTheSource(String source) throws Exception {
    ExternalPayload written = write(source, PIXELS);

    assertThat(files()).hasSize(1);
    assertThat(files().get(0).getNameCount()).isEqualTo(2);
    assertThat(files().get(0).getName(0).toString()).matches("[A-Za-z0-9_=-]+");
    assertThat(written.getUri()).startsWith(root.toUri().toString()).doesNotContain("%");
  }

  @Test
  void shouldGiveDifferentSourcesDifferentNames() {
    String many = "s".repeat(200);
    List<String> sources =
        List.of(
            "a/b",
            "a=2Fb",
            "a_b",
            "a.b",
            "A.b",
            "ü",
            "u",
            "=",
            "",
            many,
            many + "s",
            "ü".repeat(249));
    Set<String> parts = new HashSet<>();
    for (String source : sources) {
      String part = StoredName.part(source);
      assertThat(parts.add(part)).as(part).isTrue();
      assertThat(part.length()).isBetween(1, StoredName.MAX_PART);
    }
  }

  @Test
  void shouldFailWithoutBlamingTheFrameWhenTheRootIsGone() throws Exception {
    PayloadStore store = store();
    Files.delete(root);

    assertThatThrownBy(() -> store.write(identity("cam"), null, null, FrameEncoding.JPEG, PIXELS))
        .isInstanceOf(PayloadsUnavailableException.class)
        .hasMessageContaining(root.toString());
    assertThat(root).doesNotExist();
    Files.createDirectory(root);
  }

  @Test
  void shouldNotWriteThroughALinkAndLeaveNoDraftBehind(@TempDir Path elsewhere) throws Exception {
    Files.createSymbolicLink(root.resolve("cam"), elsewhere);
    assertThatThrownBy(() -> write("cam", PIXELS)).isInstanceOf(PayloadsUnavailableException.class);
    assertThat(elsewhere).isEmptyDirectory();

    ExternalPayload written = write("other", PIXELS);
    Path file = Path.of(URI.create(written.getUri()));
    Files.delete(file);
    Files.createDirectories(file.resolve("occupied"));
    assertThatThrownBy(() -> write("other", PIXELS))
        .isInstanceOf(PayloadsUnavailableException.class);
    try (Stream<Path> left = Files.list(root.resolve("other"))) {
      assertThat(left).containsExactly(file.toRealPath());
    }
  }

  @Test
  void shouldRefuseARootThatIsNoDirectory() throws Exception {
    Path file = Files.write(root.resolve("file"), PIXELS);
    assertThatThrownBy(() -> PayloadStore.open("payload.output.root", file))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("payload.output.root=" + file);
  }

  /** A mount point without its disk is a directory too; what is written there would be hidden. */
  @Test
  void shouldFailWithoutBlamingTheFrameUntilTheDiskIsThereAgain() throws Exception {
    Path place = Files.createDirectory(root.resolve("place"));
    Optional<SmallDisk> disk = SmallDisk.mount(place, 1);
    assumeTrue(disk.isPresent(), "mounting a file system in memory is not allowed here");
    PayloadStore store = PayloadStore.open("payload.output.root", place);
    disk.get().close();

    assertThatThrownBy(() -> write(store))
        .isInstanceOf(PayloadsUnavailableException.class)
        .hasMessageContaining("the disk that was mounted on")
        .hasMessageContaining("is not there");
    assertThat(files()).isEmpty();

    try (SmallDisk again = SmallDisk.mount(place, 1).orElseThrow()) {
      write(store);
      assertThat(again.dir()).isNotEmptyDirectory();
      assertThat(files()).hasSize(1);
    }
  }

  private static void write(PayloadStore store) {
    var unused = store.write(identity("cam"), "compact", "1+0", FrameEncoding.PNG, PIXELS);
  }

  @Test
  void shouldGoOnWhenADirectoryThatIsNoMountPointIsMadeAnew() throws Exception {
    Path place = Files.createDirectory(root.resolve("place"));
    PayloadStore store = PayloadStore.open("payload.output.root", place);
    Files.delete(place);
    assertThatThrownBy(() -> write(store)).isInstanceOf(PayloadsUnavailableException.class);

    Files.createDirectory(place);
    write(store);

    assertThat(files()).hasSize(1);
  }
}
