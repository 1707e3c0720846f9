package org.perceiveir.trainer.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfigSectionTest {
  private static final Path FOLDER = Path.of("/runs");

  @TempDir Path temporary;

  private static ConfigSection of(String text) {
    return ConfigSection.parse("run.yaml", FOLDER, text, Map.of("DATA", "/big", "STEPS", "12"));
  }

  @Test
  void shouldReadYamlAndJsonAlike() {
    for (String text :
        List.of(
            "seed: 7\nlosses: {clip: 5e-2}\ndata: [a, b]\non: true\n",
            "{\"seed\": 7, \"losses\": {\"clip\": 0.05}, \"data\": [\"a\", \"b\"], \"on\": true}")) {
      ConfigSection root = of(text);
      assertThat(root.integer("seed", 1)).isEqualTo(7);
      assertThat(root.section("losses").number("clip", 0, 0, 1)).isEqualTo(0.05);
      assertThat(root.paths("data")).containsExactly(Path.of("/runs/a"), Path.of("/runs/b"));
      assertThat(root.flag("on", false)).isTrue();
      root.done();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sede: 1 | run.yaml: sede is not a known key; did you mean seed?",
        "losses: {clpi: 1} | run.yaml: losses.clpi is not a known key; did you mean clip?",
        "zebra: 1 | known are losses, seed",
      })
  void shouldRefuseAnUnknownKeyAndNameTheNearest(String text, String message) {
    ConfigSection root = of(text);
    root.integer("seed", 1);
    root.section("losses").number("clip", 0, 0, 1);
    assertThatThrownBy(root::done)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  @Test
  void shouldNotGuessWhereNothingIsNear() {
    assertThat(Nearest.of("zebra", List.of("seed", "losses"))).isEmpty();
    assertThat(Nearest.of("Learning_Rate", List.of("learningRate", "warmup")))
        .contains("learningRate");
    assertThat(Nearest.of("x", List.of())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"n: 0", "n: 11", "n: 1.5", "n: many", "n: [1]", "n: 99999999999999999999"})
  void shouldRefuseWhatIsNoIntegerInRange(String text) {
    assertThatThrownBy(() -> of(text).integer("n", 5, 1, 10))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("run.yaml: n is ")
        .hasMessageContaining("an integer from 1 to 10");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x: -0.1", "x: 1.1", "x: .nan", "x: .inf", "x: NaN", "x: [1]", "x: much"})
  void shouldRefuseWhatIsNoNumberInRange(String text) {
    assertThatThrownBy(() -> of(text).number("x", 0.5, 0, 1))
        .isInstanceOf(ConfigException.class)
        .hasMessageMatching("run.yaml: x is .*|run.yaml cannot be read: .*'\\.(nan|inf)'.*");
  }

  @Test
  void shouldRefuseValuesOfAnotherKind() {
    assertThatThrownBy(() -> of("f: yes please").flag("f", true))
        .hasMessageContaining("true or false");
    assertThatThrownBy(() -> of("s: 5").section("s")).hasMessageContaining("keys of its own");
    assertThatThrownBy(() -> of("s: {a: 1}").text("s")).hasMessageContaining("a text");
    assertThatThrownBy(() -> of("s: {a: 1}").sections("s")).hasMessageContaining("beginning with");
    assertThatThrownBy(() -> of("w: blu").oneOf("w", "blue", List.of("red", "blue")))
        .hasMessageContaining("did you mean blue?");
    assertThatThrownBy(() -> of("5").toJson()).hasMessageContaining("keys and values");
    assertThatThrownBy(() -> of("- 5").toJson()).hasMessageContaining("keys and values");
  }

  @Test
  void shouldTakeOffForANumberThatCanBeSwitchedOff() {
    assertThat(of("a: off").numberOrOff("a", 0.9, 0, 1)).isEmpty();
    assertThat(of("a: false").numberOrOff("a", 0.9, 0, 1)).isEmpty();
    assertThat(of("a: 0.5").numberOrOff("a", 0.9, 0, 1)).contains(0.5);
    assertThat(of("").numberOrOff("a", 0.9, 0, 1)).contains(0.9);
    assertThatThrownBy(() -> of("a: on").numberOrOff("a", 0.9, 0, 1)).hasMessageContaining("a is");
  }

  @Test
  void shouldTakeNoValueForAMissingOne() {
    for (String text : List.of("", "\n# nothing\n", "{}", "---\n", "seed:\n", "seed: null")) {
      ConfigSection root = of(text);
      assertThat(root.integer("seed", 3)).isEqualTo(3);
      assertThat(root.text("seed")).isEmpty();
      assertThat(root.section("losses").sections("list")).isEmpty();
      root.done();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a: 1\na: 2",
        "{\"a\": 1, \"a\": 2}",
        "s: {b: 1, b: 2}",
        "a: 1\n---\na: 2",
        "a: [1",
        "a: b: c",
        "\t a: 1",
        "a: !!java.io.File [x]\nb: *x",
      })
  void shouldRefuseWhatIsNoSoundFile(String text) {
    assertThatThrownBy(() -> of(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("run.yaml ");
  }

  /** Nine levels of nine aliases each are a billion values in 400 bytes. */
  @Test
  void shouldRefuseAnchorsBeforeAnythingIsMadeOfThem() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 9; i++) {
      String one = "*a" + (i - 1);
      bomb.append("a" + i + ": &a" + i + " [" + (one + ",").repeat(8) + one + "]\n");
    }
    assertThatThrownBy(() -> of(bomb.toString()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("anchor or an alias")
        .hasMessageContaining("line 1");
    assertThatThrownBy(() -> of("a: *b")).isInstanceOf(ConfigException.class);
    assertThat(of("a: '*b'").text("a")).contains("*b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "{a: ", "{\"a\":["})
  void shouldRefuseDeepNestingWithoutRunningOutOfStack(String opening) {
    assertThatThrownBy(() -> of("a: " + opening.repeat(100_000)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("run.yaml");
  }

  @Test
  void shouldRefuseAFileThatIsMissingOrHuge() throws IOException {
    Path file = temporary.resolve("run.yaml");
    assertThatThrownBy(() -> ConfigSection.read(file)).hasMessageContaining("is not there");
    assertThatThrownBy(() -> ConfigSection.read(temporary)).hasMessageContaining("is not there");
    Files.writeString(file, "a: 1\n" + "#".repeat(1 << 20));
    assertThatThrownBy(() -> ConfigSection.read(file)).hasMessageContaining("1048576 bytes");
    Files.writeString(file, "where: sub/x\n");
    assertThat(ConfigSection.read(file).path("where")).contains(temporary.resolve("sub/x"));
  }

  @Test
  void shouldReplaceEnvironmentVariablesInValues() {
    ConfigSection root =
        of(
            """
            folder: ${DATA}/train
            steps: ${STEPS}
            other: ${NONE:-/small}/x
            empty: "${NONE:-}"
            on: ${NONE:-true}
            list: [{a: "${DATA}"}]
            dollar: a$$b -> $1 $${x}
            """);
    assertThat(root.path("folder")).contains(Path.of("/big/train"));
    assertThat(root.integer("steps", 1)).isEqualTo(12);
    assertThat(root.text("other")).contains("/small/x");
    assertThat(root.text("empty")).isEmpty();
    assertThat(root.flag("on", false)).isTrue();
    assertThat(root.sections("list").get(0).text("a")).contains("/big");
    assertThat(root.text("dollar")).contains("a$$b -> $1 ${x}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"${NONE}", "a/${NONE}", "${}", "${A B}", "a${"})
  void shouldNameAVariableThatIsNotSetOrMalformed(String value) {
    assertThatThrownBy(() -> of("s: {folder: '" + value + "'}"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("run.yaml: s.folder")
        .hasMessageContaining("${");
  }

  @Test
  void shouldPutSettingsOverTheFile() {
    ConfigSection root =
        of("seed: 1\nlosses: {clip: 0.1, dpl: 0.2}\n")
            .with(
                List.of(
                    "losses.clip=0.5", "schedule.steps=10", "tasks=noise=2,haze", "list=[a, b]"));
    assertThat(root.section("losses").number("clip", 0, 0, 1)).isEqualTo(0.5);
    assertThat(root.section("losses").number("dpl", 0, 0, 1)).isEqualTo(0.2);
    assertThat(root.section("schedule").integer("steps", 1, 1, 100)).isEqualTo(10);
    assertThat(root.text("tasks")).contains("noise=2,haze");
    assertThat(root.texts("list")).containsExactly("a", "b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"seed", "=1", "a..b=1", "seed.x=1", "a=1\nb: 2", "a=[1", "a b=1"})
  void shouldRefuseAMalformedSetting(String setting) {
    assertThatThrownBy(() -> of("seed: 1").with(List.of(setting)))
        .isInstanceOf(ConfigException.class);
  }

  @Test
  void shouldTellEveryValueThatIsInForce() {
    ConfigSection root = of("seed: 3\nsets: [{folder: x}]\nclip: off\n");
    root.integer("seed", 1);
    root.section("losses").number("clip", 0.05, 0, 1);
    root.numberOrOff("clip", 0.1, 0, 1);
    root.oneOf("mode", "plain", List.of("plain", "mixed"));
    root.path("missing");
    ConfigSection set = root.sections("sets").get(0);
    set.path("folder");
    set.flag("whole", true);

    assertThat(root.resolved().toString())
        .contains("\"seed\":3", "\"clip\":\"off\"", "\"mode\":\"plain\"")
        .contains("\"losses\":{\"clip\":0.05}", "\"sets\":[{\"folder\":\"x\",\"whole\":true}]");
    assertThat(root.known())
        .contains(
            new ConfigKey("seed", "integer", "1"),
            new ConfigKey("losses.clip", "number from 0 to 1", "0.05"),
            new ConfigKey("sets[].whole", "true or false", "true"),
            new ConfigKey("missing", "path", ""));
    assertThat(Optional.of(root.resolved().path("missing").isMissingNode())).contains(true);
  }
}
