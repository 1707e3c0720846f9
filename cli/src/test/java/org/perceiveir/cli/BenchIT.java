package org.perceiveir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The benches end to end, on a tiny network: structure only, no figure is judged. */
class BenchIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path directory;
  private static Path bundle;

  @BeforeAll
  static void train() throws IOException {
    bundle = TinyBundle.train(directory).bundle();
  }

  @Test
  void shouldTimeTheNetworkAtEachSize() {
    CommandLineRun run =
        CommandLineRun.of(
            "bench",
            "restore",
            "--bundle",
            bundle.toString(),
            "--frames",
            "2",
            "--sizes",
            "32x16,40x40");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).containsPattern("32x16 +median").containsPattern("40x40 +median");
  }

  @Test
  void shouldMeasureThePipelineWhenTheBooksOfEveryRunBalance() throws IOException {
    // Structure only: how fast anything is depends on what else the machine does.
    Path report = directory.resolve("pipeline.json");
    Path tables = directory.resolve("pipeline.md");

    CommandLineRun run =
        CommandLineRun.of(
            "bench",
            "pipeline",
            "--bundle",
            bundle.toString(),
            "--size",
            "184x184",
            "--frames",
            "24",
            "--records",
            "60",
            "--rounds",
            "1",
            "--seconds",
            "1",
            "--warmup-seconds",
            "0",
            "--json",
            report.toString(),
            "--markdown",
            tables.toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    JsonNode json = JSON.readTree(report.toFile());
    assertThat(json.at("/command").asText())
        .startsWith("./perceive bench pipeline --bundle bundle --size 184x184");
    assertThat(json.at("/machine/cores").asInt()).isPositive();
    assertThat(json.at("/bare/batchesPerSecond/rounds")).hasSize(1);
    for (String part : List.of("service", "noOp", "latency")) {
      assertThat(json.get(part))
          .extracting(n -> n.get("mode").asText() + " " + n.get("guarantee").asText())
          .containsExactly(
              "async exactly_once_v2", "blocking exactly_once_v2", "async at_least_once");
    }
    for (JsonNode service : json.get("service")) {
      assertThat(service.at("/ofBareBatches/ofMedians").asDouble()).isPositive();
      assertThat(service.at("/averageBatch/median").asDouble()).isBetween(1.0, 8.0);
    }
    for (JsonNode noOp : json.get("noOp")) {
      assertThat(noOp.at("/ofLoop/ofMedians").asDouble()).isPositive();
    }
    for (JsonNode latency : json.get("latency")) {
      assertThat(latency.get("samples").asInt()).isPositive();
      assertThat(latency.at("/endToEndMs/p50").asDouble())
          .isPositive()
          .isLessThanOrEqualTo(latency.at("/endToEndMs/p99").asDouble());
    }
    assertThat(tables).content().contains("`./perceive bench pipeline", "| bare, batches of 8 |");
    assertThat(run.out()).contains("Service and bare network", "Latency at 80 % load");
  }

  @Test
  void shouldExitTwoWhenAPipelineOptionIsOutOfRange() {
    for (String[] wrong :
        new String[][] {
          {"--frames", "19"}, {"--threads", "0"}, {"--rounds", "0"}, {"--modes", "eager"}
        }) {
      CommandLineRun run =
          CommandLineRun.of("bench", "pipeline", wrong[0], wrong[1], "--bundle", bundle.toString());

      assertThat(run.exitCode()).as(wrong[0]).isEqualTo(2);
      assertThat(run.err()).contains(wrong[1]).hasLineCount(1);
    }
  }

  @Test
  void shouldCompareTheServedNetworkWithThePlainOneWhenTheModelIsBenched() throws IOException {
    Path figures = directory.resolve("model.json");
    Path tables = directory.resolve("model.md");

    CommandLineRun run =
        CommandLineRun.of(
            "bench",
            "model",
            "--bundle",
            bundle.toString(),
            "--sizes",
            "33x16",
            "--batches",
            "2",
            "--threads",
            "1",
            "--rounds",
            "2",
            "--json",
            figures.toString(),
            "--markdown",
            tables.toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    JsonNode json = JSON.readTree(figures.toFile());
    assertThat(json.at("/command").asText()).startsWith("./perceive bench model --bundle bundle");
    assertThat(json.at("/cases")).hasSize(1);
    JsonNode measured = json.at("/cases/0");
    assertThat(measured.at("/plainMs/rounds")).hasSize(2);
    double ratio =
        measured.at("/rewrittenMs/rounds/0").asDouble()
            / measured.at("/plainMs/rounds/0").asDouble();
    assertThat(measured.at("/ratio/rounds/0").asDouble())
        .isCloseTo(ratio, org.assertj.core.data.Offset.offset(0.01));
    // More than a level would be another network.
    assertThat(measured.at("/levels").asInt()).isLessThanOrEqualTo(1);
    for (String process : List.of("plainProcess", "rewrittenProcess")) {
      assertThat(measured.path(process).path("peakMiB").asLong()).isBetween(100L, 2000L);
      assertThat(measured.path(process).path("startSeconds").asDouble()).isPositive();
    }
    assertThat(tables).content().contains("`./perceive bench model", "| 33x16 | 2 | 1 |");
    assertThat(run.out()).contains("Memory and start");
  }

  @Test
  void shouldExitTwoWhenAModelBenchOptionIsOutOfRange() {
    for (String[] wrong :
        new String[][] {
          {"--batches", "0"}, {"--threads", "0"}, {"--rounds", "0"}, {"--preset", "huge"}
        }) {
      CommandLineRun run = CommandLineRun.of("bench", "model", wrong[0], wrong[1]);

      assertThat(run.exitCode()).as(wrong[0]).isEqualTo(2);
      assertThat(run.err()).contains(wrong[0], wrong[1]).hasLineCount(1);
    }
  }
}
