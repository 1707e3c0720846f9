package org.perceiveir.streams.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileNamesTest {

  /** A source may call itself what it likes; the file stays in its directory. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "../../etc/cron.d/x",
        "/etc/passwd",
        "..",
        ".",
        "",
        ".ssh",
        "a\\b",
        "C:\\x",
        "a\u0000b",
        "-rf",
        "caf\u00e9",
        "a\nb",
        "~"
      })
  void shouldMakeOnePlainPartOfAnySource(String source) {
    String part = FileNames.part(source);

    assertThat(part).matches("[A-Za-z0-9_][A-Za-z0-9._-]*~[0-9a-f]{8}|~[0-9a-f]{8}");
    Path directory = Path.of("/save");
    assertThat(directory.resolve(part + "-1-2.png").normalize().getParent()).isEqualTo(directory);
  }

  @Test
  void shouldLeaveAPlainNameAsItIsAndKeepOthersApart() {
    assertThat(FileNames.part("cam-1.north_gate")).isEqualTo("cam-1.north_gate");
    assertThat(FileNames.part("a/b")).isNotEqualTo(FileNames.part("a_b"));
    assertThat(FileNames.part("a/b")).isNotEqualTo(FileNames.part("a:b"));
    assertThat(FileNames.part("x".repeat(249))).hasSizeLessThan(120);
  }

  @Test
  void shouldTellTwoRecordsOfOneFrameApart() {
    FileNames names = new FileNames();

    assertThat(names.unique("cam-1-2", "p0-o5", "png")).isEqualTo("cam-1-2.png");
    assertThat(names.unique("cam-1-2", "p0-o9", "png")).isEqualTo("cam-1-2-p0-o9.png");
    assertThat(names.unique("cam-1-2", "p0-o5", "json")).isEqualTo("cam-1-2.json");
  }
}
