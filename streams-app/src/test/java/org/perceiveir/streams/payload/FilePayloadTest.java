package org.perceiveir.streams.payload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.schemas.avro.ExternalPayload;
import org.perceiveir.schemas.avro.Sha256;
import org.perceiveir.streams.payload.PayloadException.Reason;

/** What a {@code file:} reference may reach, and what not. */
class FilePayloadTest {
  private static final byte[] PIXELS = {1, 2, 3, 4, 5};

  @TempDir private Path directory;
  private Path root = Path.of("");
  private Path secret = Path.of("");
  private @Nullable PayloadReader reader;

  @BeforeEach
  void open() throws IOException {
    root = Files.createDirectory(directory.resolve("root"));
    secret = Files.write(directory.resolve("secret.png"), PIXELS);
    Files.createDirectory(root.resolve("cam"));
    Files.write(root.resolve("cam/1.png"), PIXELS);
    reader = PayloadReader.ofInput(References.config("payload.file.roots", root.toString()));
  }

  @AfterEach
  void close() {
    if (reader != null) {
      reader.close();
    }
  }

  private byte[] read(ExternalPayload reference) throws PayloadException {
    if (reader == null) {
      throw new IllegalStateException("not open");
    }
    return reader.read(reference);
  }

  private PayloadException refused(ExternalPayload reference) {
    return catchThrowableOfType(PayloadException.class, () -> read(reference));
  }

  private PayloadException refused(String uri) {
    return refused(References.to(uri, PIXELS));
  }

  private String uri(String inside) {
    return "file://" + root + "/" + inside;
  }

  @Test
  void shouldReadAFileUnderARoot() throws Exception {
    Files.write(root.resolve("cam/50% ü.png"), PIXELS);

    assertThat(read(References.to(uri("cam/1.png"), PIXELS))).isEqualTo(PIXELS);
    assertThat(read(References.to("FILE:" + root + "/cam/1.png", PIXELS))).isEqualTo(PIXELS);
    assertThat(read(References.to(uri("cam/50%25%20%C3%BC.png"), PIXELS))).isEqualTo(PIXELS);
  }

  @Test
  void shouldReadNothingWhenNoRootIsConfigured() {
    try (PayloadReader none = PayloadReader.ofInput(References.config())) {
      assertThatThrownBy(() -> none.read(References.to(uri("cam/1.png"), PIXELS)))
          .isInstanceOfSatisfying(
              PayloadException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NOT_ALLOWED))
          .hasMessageContaining("payload.file.roots");
    }
  }

  /** Each is a way of writing a path that a check on the text alone takes for another one. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "file://ROOT/../secret.png",
        "file://ROOT/cam/../../secret.png",
        "file://ROOT/cam/../cam/1.png",
        "file://ROOT/%2e%2e/secret.png",
        "file://ROOT/%2E./secret.png",
        "file://ROOT/..%2fsecret.png",
        "file://ROOT/cam%2F1.png",
        "file://ROOT/cam/1.png%00.jpg",
        "file://ROOT/cam%5c1.png",
        "file://ROOT/cam\\1.png",
        "file://ROOT//cam/1.png",
        "file://ROOT/./cam/1.png",
        "file://ROOT/cam/1.png/",
        "file://ROOT/cam/1.png?x=1",
        "file://ROOT/cam/1.png#x",
        "file://localhostROOT/cam/1.png",
        "file://otherROOT/cam/1.png",
        "file://user@otherROOT/cam/1.png",
        "file:///ROOT/cam/1.png",
        "file:cam/1.png",
        "file:../secret.png",
        "file:///C:/frames/1.png",
        "file:///c%3A/frames/1.png",
        "file:///C|/frames/1.png",
        "file:///etc/passwd",
        "ROOT/cam/1.png",
        "jar:file:ROOT/cam/1.png!/x",
        "http://ROOT/cam/1.png",
        "netdoc:ROOT/cam/1.png",
        "file://ROOTcam/1.png",
        ""
      })
  void shouldRefuseAReferenceThatIsNotPlainlyUnderARoot(String pattern) {
    PayloadException refused = refused(pattern.replace("ROOT", root.toString()));

    assertThat(refused).isNotNull();
    assertThat(refused.reason()).isEqualTo(Reason.NOT_ALLOWED);
  }

  /** Whoever may write records must not learn which files the service's machine has. */
  @Test
  void shouldTellNobodyWhatExistsOutsideTheRoots() {
    PayloadException there = refused(secret.toUri().toString());
    PayloadException notThere = refused(directory.resolve("none.png").toUri().toString());

    assertThat(there.reason()).isEqualTo(Reason.NOT_ALLOWED).isEqualTo(notThere.reason());
    assertThat(String.valueOf(there.getMessage()).replace("secret.png", "none.png"))
        .isEqualTo(notThere.getMessage());
  }

  @Test
  void shouldRefuseASymbolicLinkThatLeadsOut() throws Exception {
    Files.createSymbolicLink(root.resolve("link.png"), secret);
    Files.createSymbolicLink(root.resolve("out"), directory);

    assertThat(refused(uri("link.png")).reason()).isEqualTo(Reason.NOT_ALLOWED);
    PayloadException byDirectory = refused(uri("out/secret.png"));
    assertThat(byDirectory.reason()).isEqualTo(Reason.NOT_ALLOWED);
    assertThat(byDirectory).hasMessageContaining("symbolic link");
  }

  @Test
  void shouldFollowASymbolicLinkThatStaysInside() throws Exception {
    Files.createSymbolicLink(root.resolve("latest.png"), root.resolve("cam/1.png"));
    Path alias = Files.createSymbolicLink(directory.resolve("alias"), root);

    assertThat(read(References.to(uri("latest.png"), PIXELS))).isEqualTo(PIXELS);
    try (PayloadReader other =
        PayloadReader.ofInput(References.config("payload.file.roots", alias.toString()))) {
      assertThat(other.read(References.to("file://" + alias + "/cam/1.png", PIXELS)))
          .isEqualTo(PIXELS);
    }
  }

  /** Between check and open somebody puts a link where a directory, or the file, was. */
  @Test
  void shouldNotFollowALinkThatComesAfterTheCheck() throws Exception {
    Files.createSymbolicLink(root.resolve("out"), directory);
    Files.createSymbolicLink(root.resolve("link.png"), secret);

    assertThat(FileRoots.readInside(root, Path.of("cam", "1.png"), 5)).isEqualTo(PIXELS);
    assertThatThrownBy(() -> FileRoots.readInside(root, Path.of("out", "secret.png"), 5))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> FileRoots.readInside(root, Path.of("link.png"), 5))
        .isInstanceOfSatisfying(
            PayloadException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NOT_ALLOWED));
  }

  /** To open a pipe waits for its writer: the stream thread would stand still. */
  @Test
  void shouldReadRegularFilesOnly() throws Exception {
    Path pipe = root.resolve("pipe");
    Process made = new ProcessBuilder("mkfifo", pipe.toString()).start();
    assumeTrue(made.waitFor() == 0, "mkfifo");

    assertThat(refused(uri("pipe")).reason()).isEqualTo(Reason.NOT_ALLOWED);
    assertThat(refused(uri("cam")).reason()).isEqualTo(Reason.NOT_ALLOWED);
    assertThat(refused("file://" + root).reason()).isEqualTo(Reason.NOT_ALLOWED);
  }

  @Test
  void shouldSayThatAFileIsMissing() throws Exception {
    Files.createSymbolicLink(root.resolve("dangling"), root.resolve("none"));

    assertThat(refused(uri("cam/2.png")).reason()).isEqualTo(Reason.MISSING);
    assertThat(refused(uri("dangling")).reason()).isEqualTo(Reason.MISSING);
  }

  @Test
  void shouldRefuseAnotherSizeOrDigestThanDeclared() {
    Sha256 digest = new Sha256(Sha256s.of(PIXELS));
    for (long size : new long[] {4, 6, 0, -1, Long.MIN_VALUE}) {
      assertThat(refused(new ExternalPayload(uri("cam/1.png"), size, digest)).reason())
          .as("size %d", size)
          .isEqualTo(Reason.SIZE_MISMATCH);
    }
    assertThat(
            refused(new ExternalPayload(uri("cam/1.png"), 5L, new Sha256(new byte[32]))).reason())
        .isEqualTo(Reason.HASH_MISMATCH);
  }

  @Test
  void shouldRefuseMoreBytesThanAFrameMayHaveBeforeItLooksForThem() {
    for (long size : new long[] {65_537, 1L << 33, Long.MAX_VALUE}) {
      PayloadException refused =
          refused(new ExternalPayload(uri("none.png"), size, new Sha256(new byte[32])));
      assertThat(refused.reason()).isEqualTo(Reason.TOO_LARGE);
      assertThat(refused).hasMessageContaining("limit of 65536 that follows from frame.max.bytes");
    }
  }

  /** A reader that has delivered is free a moment later, and must not count as one that hangs. */
  @Test
  void shouldReadOneAfterTheOtherHoweverFewReadersThereAre() throws Exception {
    for (int i = 0; i < 2_000; i++) {
      assertThat(refused(uri("cam/missing.png")).reason()).isEqualTo(Reason.MISSING);
      assertThat(read(References.to(uri("cam/1.png"), PIXELS))).isEqualTo(PIXELS);
    }
  }
}
