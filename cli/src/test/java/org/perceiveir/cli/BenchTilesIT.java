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

/** {@code ./perceive bench tiles} in processes of its own, as small as it goes. */
class BenchTilesIT {
  @TempDir private Path directory;

  /** The memory model must bound what a pass takes, or the next larger tile ends the process. */
  @Test
  void shouldBoundTheMemoryOfAPassAndTellWhatTilesCost() throws IOException {
    Path json = directory.resolve("tiles.json");
    Path markdown = directory.resolve("tiles.md");

    CommandLineRun run =
        CommandLineRun.of(
            "bench",
            "tiles",
            "--bundle",
            "../models/compact",
            "--device",
            "cpu",
            "--passes",
            "640x640",
            "--frames",
            "160x96",
            "--scene-size",
            "224x160",
            "--degradation",
            "noise:25",
            "--tiles",
            "128",
            "--overlaps",
            "0,32,64",
            "--json",
            json.toString(),
            "--markdown",
            markdown.toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    JsonNode report = new ObjectMapper().readTree(json.toFile());
    JsonNode pass = report.path("passes").get(0);
    assertThat(pass.path("peakMiB").asLong()).isBetween(200L, pass.path("predictedMiB").asLong());
    JsonNode frame = report.path("frames").get(0);
    assertThat(frame.path("tiles").asInt()).isEqualTo(1);
    assertThat(frame.path("peakMiB").asLong()).isGreaterThan(200);
    JsonNode qualities = report.path("qualities");
    assertThat(qualities).as("an overlap of half a tile is left out").hasSize(2);
    for (JsonNode quality : qualities) {
      assertThat(quality.path("pictures").asInt()).isEqualTo(2);
      // Of noise, which is local: how haze depends on the tile is another matter with each bundle.
      assertThat(quality.path("shared").path("rms").asDouble()).isBetween(0.01, 10.0);
      assertThat(Math.abs(quality.path("shared").path("changeDb").asDouble())).isLessThan(1);
    }
    assertThat(markdown).content().contains("# Large frames", "| noise:25 | 128 | 32 | 2 |");
  }

  @ParameterizedTest
  @CsvSource({
    "--preset, none, none",
    "--tiles, 64, --tiles is 64",
    "--overlaps, -1, --overlaps is -1",
    "--batch, 0, --batch is 0",
    "--degradation, fog, fog",
    "--passes, 12, 12"
  })
  void shouldExitTwoWhenAnOptionIsWrong(String option, String value, String message) {
    CommandLineRun run = CommandLineRun.of("bench", "tiles", option, value);

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains(message).hasLineCount(1);
  }
}
