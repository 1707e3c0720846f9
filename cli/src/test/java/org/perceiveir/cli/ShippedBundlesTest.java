package org.perceiveir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.model.bundle.ModelBundle;

/** What {@code models/} holds. */
final class ShippedBundlesTest {
  private static final Path MODELS = Path.of("..", "models");

  @TempDir private Path directory;

  private JsonNode cost(String bundle) throws IOException {
    Path json = directory.resolve(bundle + ".json");
    CommandLineRun run =
        CommandLineRun.of(
            "model",
            "describe",
            "--bundle",
            MODELS.resolve(bundle).toString(),
            "--json",
            json.toString());
    assertThat(run.exitCode()).as(run.err()).isZero();
    return new ObjectMapper().readTree(json.toFile()).get("total");
  }

  /** A checkout carries them for ever. */
  @Test
  void shouldTakeNoMoreThan25MegabytesTogether() throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.walk(MODELS)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(file);
      }
    }

    assertThat(bytes).isBetween(1_000_000L, 25_000_000L);
  }

  /** Milliseconds are in its card; these two do not depend on the machine. */
  @Test
  void shouldHaveALighterNetworkOfHalfTheOperationsAndMemory() throws IOException {
    JsonNode full = cost("compact");
    JsonNode light = cost("compact-light");

    for (String what : List.of("macs", "inferencePeakBytes")) {
      assertThat(light.path(what).asLong())
          .as(what)
          .isPositive()
          .isLessThanOrEqualTo(full.path(what).asLong() / 2);
    }
  }

  /** The cards name what is in the folder. */
  @Test
  void shouldStandInItsCardWithVersionAndParameters() throws IOException {
    for (String name : List.of("compact", "compact-light")) {
      ModelBundle bundle = ModelBundle.read(MODELS.resolve(name));

      assertThat(Path.of("..", "docs", "models", name + ".md"))
          .content()
          .contains("`" + bundle.version() + "`")
          .contains(
              String.format(
                  Locale.ROOT,
                  "%,d parameters",
                  bundle.trainingRecord().path("parameters").asLong()));
    }
  }
}
