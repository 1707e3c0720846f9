package org.perceiveir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A soak of seconds: that it exchanges models, counts frames and tells memory; not that it is flat.
 */
class BenchSoakIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path directory;

  @Test
  void shouldExchangeModelsLoseNoFrameAndTellTheSlope() throws Exception {
    Assumptions.assumeTrue(
        Files.isReadable(Path.of("/proc/self/status")), "resident memory is told on Linux only");
    Path json = directory.resolve("soak.json");

    CommandLineRun run =
        CommandLineRun.of(
            "bench",
            "soak",
            "--bundle",
            "../models/compact",
            "--perceiver",
            "../models/compact-perceiver",
            "--minutes",
            "0.2",
            "--reload-seconds",
            "3",
            "--rate",
            "4",
            "--size",
            "64x48",
            "--heap",
            "512",
            "--json",
            json.toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    JsonNode soak = JSON.readTree(json.toFile());
    assertThat(soak.path("loads").asInt() + soak.path("refused").asInt()).isPositive();
    assertThat(soak.path("samples").size()).isGreaterThan(5);
    assertThat(soak.path("samples").path(0).path(1).asDouble()).isGreaterThan(100);
    assertThat(soak.path("books").asText()).contains("received 48 = restored 48 ");
  }

  @Test
  void shouldNameTheOptionWhenItsValueCannotWork() {
    CommandLineRun run =
        CommandLineRun.of(
            "bench", "soak", "--perceiver", "../models/compact-perceiver", "--reload-seconds", "0");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("--reload-seconds is 0: it must be at least 1");
  }
}
