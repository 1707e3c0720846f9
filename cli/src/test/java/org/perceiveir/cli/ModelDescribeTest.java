package org.perceiveir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ./perceive model describe} as a user types it. */
final class ModelDescribeTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path DOCUMENT = Path.of("../docs/models/presets.md");

  @TempDir private Path directory;

  /** Tables in the documents that nobody makes again go stale. */
  @ParameterizedTest
  @ValueSource(strings = {"compact", "paper", "paper-nafnet"})
  void shouldWriteTheTablesOfTheDocument(String preset) throws IOException {
    Path markdown = directory.resolve("cost.md");
    CommandLineRun run =
        CommandLineRun.of(
            "model", "describe", "--preset", preset, "--markdown", markdown.toString());
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out().lines()).containsExactlyElementsOf(Files.readAllLines(markdown));
    assertThat(Files.readString(DOCUMENT)).contains(Files.readString(markdown));
  }

  @Test
  void shouldCountEveryCombinationOfModules() throws IOException {
    Path json = directory.resolve("cost.json");
    CommandLineRun run =
        CommandLineRun.of(
            "model", "describe", "--switches", "--size", "16x16", "--json", json.toString());
    assertThat(run.exitCode()).isZero();
    JsonNode combinations = JSON.readTree(json.toFile()).get("combinations");
    // Of compact's two modules prompt guidance has nothing to be guided by without the other.
    assertThat(combinations).hasSize(3);
    assertThat(combinations.get(0).get("modules")).isEmpty();
    assertThat(combinations.get(2).get("modules").toString()).isEqualTo("[\"cfe\",\"pgm\"]");
    assertThat(combinations.get(2).get("parameters").intValue()).isEqualTo(1_366_931);
  }

  @Test
  void shouldDescribeABundleLessWhatIsSwitchedOff() throws IOException {
    Path json = directory.resolve("cost.json");
    CommandLineRun run =
        CommandLineRun.of(
            "model",
            "describe",
            "--bundle",
            "../models/compact",
            "--without",
            "cfe",
            "--size",
            "20x17",
            "--json",
            json.toString());
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).startsWith("compact (plain) at 32x32");
    JsonNode cost = JSON.readTree(json.toFile());
    assertThat(cost.get("total").get("parameters").intValue())
        .isEqualTo(1_366_931 - 46_336 - 64_480);
  }

  @Test
  void shouldRefuseAModuleThatIsNotThere() {
    CommandLineRun run = CommandLineRun.of("model", "describe", "--without", "prompts");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("'prompts'").contains("cfe, sgm, pgm, pgca");
    CommandLineRun both =
        CommandLineRun.of(
            "model", "describe", "--preset", "compact", "--bundle", "../models/compact");
    assertThat(both.exitCode()).isEqualTo(2);
    assertThat(both.err()).contains("exclude each other");
    CommandLineRun nothing = CommandLineRun.of("model");
    assertThat(nothing.exitCode()).isEqualTo(2);
  }
}
