package org.perceiveir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code ./perceive bench train} in processes of its own, as small as it goes. */
class BenchTrainIT {
  @TempDir private Path directory;

  @Test
  void shouldTellSpeedMemoryAndTheWaitForTheLoader() throws IOException {
    Path json = directory.resolve("train.json");
    Path markdown = directory.resolve("train.md");

    CommandLineRun run =
        CommandLineRun.of(
            "bench",
            "train",
            "--preset",
            "compact",
            "--crops",
            "16",
            "--batch",
            "2",
            "--steps",
            "2",
            "--gradient-checkpointing",
            "off",
            "--json",
            json.toString(),
            "--markdown",
            markdown.toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    JsonNode cases = new ObjectMapper().readTree(json.toFile()).path("cases");
    assertThat(cases).hasSize(1);
    JsonNode only = cases.get(0);
    assertThat(only.path("stepMs")).hasSize(2);
    double millis = only.path("stepMs").get(0).asDouble() + only.path("stepMs").get(1).asDouble();
    assertThat(only.path("imagesPerSecond").asDouble())
        .isCloseTo(4e3 / millis, org.assertj.core.data.Percentage.withPercentage(0.1));
    assertThat(only.path("loaderShare").asDouble()).isBetween(0.0, 1.0);
    assertThat(only.path("parameters").asLong()).isGreaterThan(1_000_000);
    assertThat(markdown).content().contains("# Training bench", "| compact", "| 16 | no |");
  }

  @ParameterizedTest
  @CsvSource({
    "--preset, none, none",
    "--crops, 4, --crops is 4",
    "--batch, 0, --batch is 0",
    "--steps, 0, --steps is 0",
    "--threads, -1, --threads is -1",
    "--gradient-checkpointing, maybe, maybe"
  })
  void shouldExitTwoWhenAnOptionIsWrong(String option, String value, String message) {
    CommandLineRun run = CommandLineRun.of("bench", "train", option, value);

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains(message).hasLineCount(1);
  }
}
