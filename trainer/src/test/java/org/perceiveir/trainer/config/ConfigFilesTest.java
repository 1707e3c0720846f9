package org.perceiveir.trainer.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConfigFilesTest {
  @TempDir private Path folder;

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  @Test
  void shouldPutItsKeysOverThoseOfTheFileThatItExtends() throws IOException {
    file("base.yaml", "seed: 1\nlosses: {clip: 0.5, rec: 1}\nlist: [1, 2]\n");
    Path own = file("own.yaml", "extends: base.yaml\nlosses: {clip: 0.25}\nlist: [3]\n");

    ConfigSection read = ConfigSection.read(own, Map.of());

    assertThat(read.integer("seed", 0)).isEqualTo(1);
    assertThat(read.section("losses").number("clip", 0, 0, 1)).isEqualTo(0.25);
    assertThat(read.section("losses").number("rec", 0, 0, 1)).isEqualTo(1);
    assertThat(read.numbers("list", 0, 9)).containsExactly(3.0);
    read.done();
  }

  @Test
  void shouldLetTheLaterFileWinWhenSeveralAreExtended() throws IOException {
    file("a.yaml", "seed: 1\nname: a\n");
    file("b.yaml", "seed: 2\n");

    ConfigSection read =
        ConfigSection.read(file("own.yaml", "extends: [a.yaml, b.yaml]\n"), Map.of());

    assertThat(read.integer("seed", 0)).isEqualTo(2);
    assertThat(read.text("name")).contains("a");
  }

  @Test
  void shouldTakeAKeyAwayWhenItIsNull() throws IOException {
    file("base.yaml", "losses: {clip: {weight: 1}}\n");

    ConfigSection read =
        ConfigSection.read(
            file("own.yaml", "extends: base.yaml\nlosses: {clip: null}\n"), Map.of());

    assertThat(read.section("losses").has("clip")).isFalse();
  }

  @Test
  void shouldReplaceVariablesOfTheExtendedFileToo() throws IOException {
    file("base.yaml", "out: ${RUNS}/a\n");

    ConfigSection read =
        ConfigSection.read(file("own.yaml", "extends: base.yaml\n"), Map.of("RUNS", "/r"));

    assertThat(read.path("out")).contains(Path.of("/r/a"));
  }

  @Test
  void shouldRefuseAFileThatExtendsItself() throws IOException {
    file("a.yaml", "extends: b.yaml\n");
    Path b = file("b.yaml", "extends: a.yaml\n");

    assertThatThrownBy(() -> ConfigSection.read(b, Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("extends leads back to itself");
  }

  @Test
  void shouldNameTheExtendedFileWhenItIsMissing() throws IOException {
    Path own = file("own.yaml", "extends: gone.yaml\n");

    assertThatThrownBy(() -> ConfigSection.read(own, Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("gone.yaml is not there");
  }

  @Test
  void shouldRefuseExtendsThatIsNoFile() throws IOException {
    Path own = file("own.yaml", "extends: {a: 1}\n");

    assertThatThrownBy(() -> ConfigSection.read(own, Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("must be a file or a list of files");
  }
}
